/// Why a text is no date and time of XEP-0082.
package enum DateTimeError: Error, Sendable, Equatable {
    /// The text does not have the form `2026-11-24T22:12:26.123Z`.
    case malformed
    /// A field has a value that does not exist, such as a month 13.
    case outOfRange
}

/// A moment, written as XEP-0082 (and so ISO 8601) asks. Integer arithmetic only.
package struct DateTime: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    package let milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Reads `CCYY-MM-DDThh:mm:ss[.sss](Z|±hh:mm)`. Digits behind the millisecond are dropped.
    /// - Throws: `DateTimeError`.
    package init(_ text: String) throws(DateTimeError) {
        var scanner = DateTimeScanner(text)
        milliseconds = try scanner.moment()
    }

    package static func < (left: DateTime, right: DateTime) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// In UTC with milliseconds: `2026-11-24T22:12:26.123Z`. Years outside 1 to 9999, which the format
    /// cannot write, are brought to the nearest moment that it can.
    package var description: String {
        let clamped = min(max(milliseconds, Self.earliest), Self.latest)
        let (days, ofDay) = Self.floorDivide(clamped, by: 86_400_000)
        let (year, month, day) = Self.civil(fromDays: days)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        Self.append(year, digits: 4, then: "-", to: &bytes)
        Self.append(month, digits: 2, then: "-", to: &bytes)
        Self.append(day, digits: 2, then: "T", to: &bytes)
        Self.append(ofDay / 3_600_000, digits: 2, then: ":", to: &bytes)
        Self.append(ofDay / 60_000 % 60, digits: 2, then: ":", to: &bytes)
        Self.append(ofDay / 1000 % 60, digits: 2, then: ".", to: &bytes)
        Self.append(ofDay % 1000, digits: 3, then: "Z", to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// 0001-01-01T00:00:00.000Z.
    private static let earliest: Int64 = -62_135_596_800_000
    /// 9999-12-31T23:59:59.999Z.
    private static let latest: Int64 = 253_402_300_799_999

    private static func append(
        _ value: Int64, digits: Int, then separator: Unicode.Scalar, to bytes: inout [UInt8]
    ) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
        bytes.append(UInt8(ascii: separator))
    }

    private static func floorDivide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, rest: Int64) {
        let rest = (value % divisor + divisor) % divisor
        return ((value - rest) / divisor, rest)
    }

    /// Day number since 1970 to calendar date: years begin in March, so that the leap day is the last
    /// of its year, and 400 years (146,097 days) repeat.
    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivide(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    /// Calendar date to day number since 1970.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = floorDivide(shiftedYear, by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
