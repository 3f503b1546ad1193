/// Constants of the link between two boxes (docs/architecture.md, "Link").
package enum LinkFormat {
    /// Prologue of the Noise IK handshake.
    package static let prologue = Array("dakghar link 1".utf8)
    /// Payload of the dialer's first message.
    package static let protocolVersion: UInt8 = 1
    /// The most plaintext in one record, in bytes.
    package static let maxRecordBytes = 16_384
    /// The most that a HELLO's acknowledgement takes; what is left out follows in ACK frames.
    package static let maxHelloAcknowledgementBytes = 8_192
    /// The most that type, length and the fixed fields of a FRAGMENT take beside its bytes.
    package static let maxFragmentOverhead = 1 + 3 + 10 + 2 + 10
}
