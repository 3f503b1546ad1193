/// What can be typed at the demo's prompt.
enum DemoOrder: Equatable {
    case cut
    case restore
    /// Bits per second each way; nil for no limit.
    case throttle(Int?)
    case status
    case help
    case quit
    case nothing

    static let overview = """
        cut           cuts the line between the offices and the hub
        restore       brings it back
        throttle 64k  slows it to 64 kbit/s; throttle off
        status        what each box sees and what waits on it
        quit          ends everything and removes what was made
        """

    /// Throws what to type instead.
    init(_ line: String) throws(CommandFailure) {
        let words = line.split(whereSeparator: \.isWhitespace).map { $0.lowercased() }
        switch (words.first, words.count) {
        case (nil, _): self = .nothing
        case ("cut", 1): self = .cut
        case ("restore", 1): self = .restore
        case ("status", 1): self = .status
        case ("help", 1), ("?", 1): self = .help
        case ("quit", 1), ("exit", 1): self = .quit
        case ("throttle", 2) where words[1] == "off": self = .throttle(nil)
        case ("throttle", 2): self = .throttle(try Self.rate(words[1]))
        case ("throttle", _): throw CommandFailure("throttle takes a rate: throttle 64k, or throttle off")
        default: throw CommandFailure("'\(line)' is not known here; type help")
        }
    }

    /// "9600", "64k", "2m", also "64kbit/s": bits per second.
    private static func rate(_ text: String) throws(CommandFailure) -> Int {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let factors = ["": 1, "k": 1_000, "m": 1_000_000]
        let name = text.dropFirst(digits.count)
        let unit = String(
            ["bit/s", "bits", "bit"].first { name.hasSuffix($0) }.map { name.dropLast($0.count) } ?? name)
        guard let number = Int(digits), let factor = factors[unit], number <= 1_000_000,
            number * factor >= 1_000
        else {
            throw CommandFailure(
                "'\(text)' is no rate from 1k on; throttle takes bits per second: throttle 64k")
        }
        return number * factor
    }
}
