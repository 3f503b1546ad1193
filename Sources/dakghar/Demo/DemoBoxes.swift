internal import Appliance

/// Makes the three boxes of the demonstration: keys, configuration, peers, users.
struct DemoBoxes {
    /// One way to log in.
    struct Login {
        let box: String
        let jid: String
        let password: String
        let startTLS: UInt16
        let directTLS: UInt16
        let root: String
    }

    static let hub = "hub"
    static let offices = ["finance", "interior"]
    /// In the order in which they are shown.
    static let names = offices + [hub]

    private static let people = ["finance": "asma", "interior": "bilal", "hub": "huda"]

    let logins: [Login]
    let lines: [DemoLine]

    /// Everything that has to be there before the boxes start.
    init(in place: DemoDirectory) throws {
        let ports = try LoopbackSocket.freePorts(3 * Self.names.count)
        var linkPorts: [String: UInt16] = [:]
        var cards: [String: String] = [:]
        for (index, name) in Self.names.enumerated() {
            let own = ports[3 * index..<3 * index + 3].map { $0 }
            linkPorts[name] = own[2]
            cards[name] = try Self.make(name, in: place.box(name), ports: own)
        }
        lines = try Self.offices.map { office in
            try DemoLine(
                office: office, officePort: linkPorts[office] ?? 0, hubPort: linkPorts[Self.hub] ?? 0)
        }
        for line in lines {
            try Self.connect(line, place, cards)
        }
        logins = try Self.names.enumerated().map { index, name in
            try Self.addUser(name, in: place.box(name), ports: ports[3 * index..<3 * index + 3].map { $0 })
        }
    }

    /// - Returns: the box's card.
    private static func make(_ name: String, in box: BoxDirectory, ports: [UInt16]) throws -> String {
        _ = try BoxInitialization.make(
            directory: box, name: name, domain: "\(name).test", host: "127.0.0.1:\(ports[2])")
        try edit(box) { text in
            let listen = ["xmpp": ports[0], "xmpp-tls": ports[1], "link": ports[2]]
            return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                let key = line.prefix { $0 != " " && $0 != "=" }
                if key == "web" { return "web = \"off\"" }
                return listen[String(key)].map { "\(key) = \"127.0.0.1:\($0)\"" } ?? String(line)
            }.joined(separator: "\n")
        }
        let document = try ask(box, ControlRequest("card"))
        return try BoxRequest.decode(CardDocument.self, document).card
    }

    /// The office and the hub of a line get to know each other through it, the offices through the hub.
    private static func connect(_ line: DemoLine, _ place: DemoDirectory, _ cards: [String: String]) throws {
        let office = place.box(line.office)
        let hub = place.box(Self.hub)
        try ask(office, ControlRequest("peer.add", ["card": cards[Self.hub] ?? "", "upstream": "true"]))
        try redirect(Self.hub, in: office, to: line.portOfHub)
        try ask(hub, ControlRequest("peer.add", ["card": cards[line.office] ?? ""]))
        try redirect(line.office, in: hub, to: line.portOfOffice)
        for other in offices where other != line.office {
            try ask(office, ControlRequest("peer.add", ["card": cards[other] ?? "", "direct": "false"]))
        }
    }

    /// The peer is dialed at another port than its card says: the line's.
    private static func redirect(_ peer: String, in box: BoxDirectory, to port: UInt16) throws {
        try edit(box) { text in
            text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                line.hasPrefix("card = \"dakghar:1:\(peer):")
                    ? "\(line)\naddresses = [\"127.0.0.1:\(port)\"]" : String(line)
            }.joined(separator: "\n")
        }
    }

    private static func addUser(_ name: String, in box: BoxDirectory, ports: [UInt16]) throws -> Login {
        let request = ControlRequest("user.add", ["localpart": people[name] ?? name])
        let user = try BoxRequest.decode(UserDocument.self, try ask(box, request))
        return Login(
            box: name, jid: user.jid, password: user.password ?? "", startTLS: ports[0], directTLS: ports[1],
            root: box.certificate("root.pem"))
    }

    @discardableResult private static func ask(_ box: BoxDirectory, _ request: ControlRequest) throws
        -> String
    {
        let response = try Control.send(request, to: box, configuration: nil)
        guard response.code == 0 else {
            throw CommandFailure(
                "\(request.command) in \(box.path): \(response.error ?? "refused")", response.code)
        }
        return response.document ?? ""
    }

    private static func edit(_ box: BoxDirectory, _ change: (String) -> String) throws {
        let text = try ConfigurationFile.read(box.configuration)
        try ConfigurationFile.write(change(text), to: box.configuration)
    }
}
