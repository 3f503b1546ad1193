/// Why a text of the configuration file is not what its key wants. The reason completes a sentence
/// that begins with the key: "must be …".
package struct InvalidText: Error, Equatable, Sendable {
    package let reason: String
}

/// An amount of bytes, written with its unit: `"256 KiB"`, `"2 GiB"`.
package struct ByteSize: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let bytes: Int

    package init(bytes: Int) { self.bytes = bytes }

    package static func kibibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 10) }
    package static func mebibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 20) }
    package static func gibibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 30) }

    /// Reads a whole number and one of B, KiB, MiB, GiB, TiB.
    package init(_ text: String) throws(InvalidText) {
        let wanted = "a size such as \"256 KiB\" (B, KiB, MiB, GiB or TiB)"
        bytes = try amount(text, units: Self.units, wanted: wanted)
    }

    package static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }

    /// In the largest unit that gives a whole number.
    package var description: String {
        let unit = Self.units.last { bytes != 0 && bytes % $0.factor == 0 } ?? ("B", 1)
        return "\(bytes / unit.factor) \(unit.name)"
    }

    private static let units: [(name: String, factor: Int)] = [
        ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
    ]
}

/// A length of time, written with its unit: `"30 days"`, `"4 s"`.
package struct TimeSpan: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func seconds(_ count: Int64) -> TimeSpan {
        TimeSpan(milliseconds: count * 1000)
    }
    package static func days(_ count: Int64) -> TimeSpan { .seconds(count * 86_400) }

    /// Reads a whole number and a unit: ms, s, min, h, days, weeks, also written out.
    package init(_ text: String) throws(InvalidText) {
        let wanted = "a time such as \"30 days\" (ms, s, min, h, days or weeks)"
        milliseconds = Int64(try amount(text, units: Self.units, wanted: wanted))
    }

    package static func < (left: TimeSpan, right: TimeSpan) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// In the largest unit that gives a whole number, weeks aside.
    package var description: String {
        let short: [(name: String, factor: Int64)] = [
            ("days", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000),
        ]
        let unit =
            short.first { milliseconds != 0 && milliseconds % $0.factor == 0 } ?? ("ms", 1)
        return "\(milliseconds / unit.factor) \(unit.name)"
    }

    private static let units: [(name: String, factor: Int)] = [
        ("ms", 1), ("s", 1000), ("second", 1000), ("seconds", 1000),
        ("min", 60_000), ("minute", 60_000), ("minutes", 60_000),
        ("h", 3_600_000), ("hour", 3_600_000), ("hours", 3_600_000),
        ("day", 86_400_000), ("days", 86_400_000),
        ("week", 604_800_000), ("weeks", 604_800_000),
    ]
}

/// "NUMBER UNIT", the blank may be missing; refuses what does not fit into `Int`.
private func amount(
    _ text: String, units: [(name: String, factor: Int)], wanted: String
) throws(InvalidText) -> Int {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let name = text[digits.endIndex...].drop { $0 == " " }
    guard let number = Int(digits), let unit = units.first(where: { $0.name == name }) else {
        throw InvalidText(reason: wanted)
    }
    let (product, overflow) = number.multipliedReportingOverflow(by: unit.factor)
    guard !overflow else { throw InvalidText(reason: "a smaller amount") }
    return product
}
