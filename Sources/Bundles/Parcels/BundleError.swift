/// Why a bundle could not be made or opened.
package enum BundleError: Error, Equatable, Sendable {
    /// The header or the content is not in the format.
    case malformed(ByteError)
    /// A bundle of a newer format.
    case unknownVersion(UInt8)
    /// Not from this sender, not for this key, or altered.
    case notAuthentic
    /// A key has the wrong length or is of low order.
    case badKey
    /// The parcels do not fit into one bundle.
    case tooLarge
    /// A group does not decompress within its limits.
    case badCompression
}
