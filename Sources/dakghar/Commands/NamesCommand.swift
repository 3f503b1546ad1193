internal import Appliance
internal import ArgumentParser

/// `dakghar names`
struct NamesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "names", abstract: "The names that phones must find on the LAN, and a resolver for them."
    )

    @Flag(help: "Print a configuration for dnsmasq.")
    var dnsmasq = false

    @Option(help: ArgumentHelp("The box's IP address on the LAN; may be repeated.", valueName: "ip"))
    var address: [String] = []

    @Option(
        help: ArgumentHelp("With --dnsmasq: who knows all other names; may be repeated.", valueName: "ip"))
    var upstream: [String] = []

    @Option(
        help: ArgumentHelp("With --dnsmasq: hand out addresses, the first and the last.", valueName: "ip,ip"))
    var dhcp: String?

    @Flag(help: "Print the JSON document.")
    var json = false

    func validate() throws {
        for text in address + upstream where !LANNames.isAddress(text) {
            throw ValidationError("'\(text)' is no IP address")
        }
        guard dnsmasq || upstream.isEmpty && dhcp == nil, !(dnsmasq && json) else {
            throw ValidationError("--upstream and --dhcp go with --dnsmasq, --json without it")
        }
        if let dhcp, range(dhcp) == nil {
            throw ValidationError("--dhcp wants two IPv4 addresses: first,last")
        }
    }

    func run() throws {
        let options = BoxOptions.current
        let configuration = try Configuration.load(options.configuration ?? options.box.configuration)
        let names = LANNames(configuration, addresses: address)
        guard !names.addresses.isEmpty else {
            throw CommandFailure(
                "the configuration has no IP address of this box: put it into addresses of [box], or name it with --address",
                ExitStatus.badInput)
        }
        if dnsmasq {
            return Terminal.write(names.dnsmasq(upstreams: upstream, dhcp: dhcp.flatMap(range)))
        }
        let document = NamesDocument(names)
        Terminal.write(json ? try CommandJSON.text(document) : document.human)
    }

    private func range(_ text: String) -> (first: String, last: String)? {
        let parts = text.split(separator: ",").map(String.init)
        guard parts.count == 2, parts.allSatisfy({ LANNames.isAddress($0) && !$0.contains(":") }) else {
            return nil
        }
        return (parts[0], parts[1])
    }
}
