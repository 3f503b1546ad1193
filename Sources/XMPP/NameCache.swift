#if canImport(Glibc)
    import Glibc
#endif

/// Names and namespaces that a stream used, so that each string is made once: stanzas repeat the same
/// few. Holds at most 512; then it starts anew.
final class NameCache {
    /// A name split from its namespace.
    struct Name {
        let name: String
        let namespace: String
        fileprivate let written: [CChar]
    }

    private static let capacity = 512
    private var names: [UInt64: Name] = [:]

    /// Splits `namespace SEPARATOR name`, as expat writes them.
    /// - Returns: nil when it is longer than `limit` bytes.
    func resolve(_ written: UnsafePointer<CChar>, limit: Int) -> Name? {
        // FNV-1a; whoever makes two names collide only makes them be read anew.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        var length = 0
        while written[length] != 0 {
            hash = (hash ^ UInt64(UInt8(bitPattern: written[length]))) &* 0x100_0000_01b3
            length += 1
            if length > limit { return nil }
        }
        let bytes = UnsafeBufferPointer(start: written, count: length)
        if let known = names[hash], matches(known.written, bytes) { return known }
        let name = Self.split(bytes)
        if names.count >= Self.capacity { names.removeAll(keepingCapacity: true) }
        names[hash] = name
        return name
    }

    private func matches(_ known: [CChar], _ bytes: UnsafeBufferPointer<CChar>) -> Bool {
        guard known.count == bytes.count, let base = bytes.baseAddress else { return false }
        return known.withUnsafeBufferPointer { memcmp($0.baseAddress ?? base, base, bytes.count) == 0 }
    }

    private static func split(_ bytes: UnsafeBufferPointer<CChar>) -> Name {
        let raw = UnsafeRawBufferPointer(bytes)
        guard let separator = bytes.lastIndex(of: ExpatHandlers.separator) else {
            return Name(name: String(decoding: raw, as: UTF8.self), namespace: "", written: Array(bytes))
        }
        return Name(
            name: String(decoding: raw[(separator + 1)...], as: UTF8.self),
            namespace: String(decoding: raw[..<separator], as: UTF8.self), written: Array(bytes))
    }
}
