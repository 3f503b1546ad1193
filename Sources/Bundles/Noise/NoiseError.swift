/// Why a handshake, a record or a seal was refused.
package enum NoiseError: Error, Equatable, Sendable {
    /// A key does not have 32 bytes.
    case invalidKey
    /// A public key is of low order: the shared secret would be all zero.
    case lowOrderKey
    /// The pattern needs a static key that was not given.
    case missingKey
    /// More than 65,535 bytes (Noise section 3).
    case tooLong
    /// Fewer bytes than the message needs.
    case tooShort
    /// The authentication tag does not fit: altered, replayed, or for somebody else.
    case notAuthentic
    /// 2^64 - 1 messages under one key.
    case nonceExhausted
    /// Written when a read was due, or the other way, or after the end or a failure.
    case outOfTurn
}
