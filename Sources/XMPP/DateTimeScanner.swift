/// Reads the fields of a date and time one after the other.
struct DateTimeScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        // The longest form that makes sense is below 64 bytes; more is refused by the last check.
        bytes = Array(text.utf8.prefix(64))
    }

    mutating func moment() throws(DateTimeError) -> Int64 {
        let year = try number(digits: 4, then: "-")
        let month = try number(digits: 2, then: "-")
        let day = try number(digits: 2, then: "T")
        let hour = try number(digits: 2, then: ":")
        let minute = try number(digits: 2, then: ":")
        let second = try number(digits: 2, then: nil)
        let fraction = try milliseconds()
        let offset = try zoneMinutes()
        guard position == bytes.count else { throw .malformed }
        guard year >= 1, (1...12).contains(month), day >= 1, day <= Self.length(of: month, in: year),
            hour < 24, minute < 60, second <= 60
        else { throw .outOfRange }
        let days = DateTime.days(year: year, month: month, day: day)
        let minutes = days * 1440 + hour * 60 + minute - offset
        // A leap second is the first moment of the next minute.
        return (minutes * 60 + second) * 1000 + fraction
    }

    private static func length(of month: Int64, in year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: return 30
        case 2: return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: return 31
        }
    }

    private mutating func number(
        digits: Int, then separator: Unicode.Scalar?
    ) throws(DateTimeError) -> Int64 {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let digit = nextDigit() else { throw .malformed }
            value = value * 10 + digit
        }
        if let separator { guard take(separator) else { throw .malformed } }
        return value
    }

    private mutating func milliseconds() throws(DateTimeError) -> Int64 {
        guard take(".") else { return 0 }
        guard let first = nextDigit() else { throw .malformed }
        var value = first * 100
        var weight: Int64 = 10
        while let digit = nextDigit() {
            value += digit * weight
            weight /= 10
        }
        return value
    }

    private mutating func zoneMinutes() throws(DateTimeError) -> Int64 {
        if take("Z") { return 0 }
        let west = take("-")
        guard west || take("+") else { throw .malformed }
        let hours = try number(digits: 2, then: ":")
        let minutes = try number(digits: 2, then: nil)
        guard hours < 24, minutes < 60 else { throw .outOfRange }
        return (hours * 60 + minutes) * (west ? -1 : 1)
    }

    private mutating func nextDigit() -> Int64? {
        guard position < bytes.count else { return nil }
        let digit = bytes[position] &- UInt8(ascii: "0")
        guard digit < 10 else { return nil }
        position += 1
        return Int64(digit)
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }
}
