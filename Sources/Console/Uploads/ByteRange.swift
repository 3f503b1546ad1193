/// The one range that a request may ask for (RFC 9110 §14.2).
enum ByteRange: Equatable {
    case whole
    case part(Range<Int>)
    /// Nothing of the file lies in it.
    case none

    /// More than one range, or what cannot be read, is answered with the whole.
    static func read(_ header: String?, size: Int) -> ByteRange {
        guard let header, header.hasPrefix("bytes="), !header.contains(",") else { return .whole }
        let ends = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2 else { return .whole }
        let digits = { (text: Substring) in text.allSatisfy { $0.isASCII && $0.isNumber } }
        guard digits(ends[0]), digits(ends[1]) else { return .whole }
        if ends[0].isEmpty {
            guard let last = Int(ends[1]) else { return .whole }
            return last == 0 ? .none : .part(max(0, size - last)..<size)
        }
        guard let start = Int(ends[0]) else { return .none }
        guard start < size else { return .none }
        if ends[1].isEmpty { return .part(start..<size) }
        guard let end = Int(ends[1]) else { return .part(start..<size) }
        return end < start ? .whole : .part(start..<min(size, end + 1))
    }
}
