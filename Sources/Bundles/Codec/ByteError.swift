/// Why bytes from outside could not be read.
package enum ByteError: Error, Equatable, Sendable {
    /// The bytes end before the value does.
    case truncated
    /// A varint is longer than 10 bytes, exceeds 64 bits or is not in its shortest form.
    case badVarint
    /// A field holds a value that the format does not know; the text names it.
    case badValue(StaticName)
    /// A field exceeds its limit; the text names it.
    case overLimit(StaticName)
    /// Bytes are left over where the format ends.
    case trailing
}

/// The name of a field in an error: always a literal of this program, never a peer's text.
package struct StaticName: Equatable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let description: String

    package init(stringLiteral value: StaticString) { description = value.description }
}
