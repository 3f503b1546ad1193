/// Parcels for one box, compressed and sealed end to end: the clear header, then one
/// `Noise_K_25519_ChaChaPoly_BLAKE2b` message with the header as prologue.
package enum Bundle {
    /// One Noise message at most.
    package static let maxSealedBytes = CipherState.maxMessageBytes
    /// The ephemeral key and the tag.
    package static let sealOverhead = X25519KeyPair.keySize + CipherState.tagSize
    /// The longest bundle with its header, in bytes.
    package static let maxBytes = maxSealedBytes + 48
    /// How many bytes of content fit, all groups with their heads together, also where nothing can be
    /// compressed: 65,470. Compare with `contentSize`.
    package static let contentCapacity =
        (maxSealedBytes - sealOverhead) / BundleContent.padding * BundleContent.padding
        - BundleContent.overhead

    /// The bytes that parcels of one sender take at most, before compression, in one bundle: what
    /// surely fits if the sum over all senders is at most `contentCapacity`.
    package static func contentSize(parcelBytes: Int) -> Int {
        1 + ByteWriter.varintSize(UInt64(clamping: parcelBytes)) + max(parcelBytes, 0)
    }

    /// Seals parcels, one group for each sending person, so that nobody's text is compressed with another's.
    /// - Parameters:
    ///   - sender: the origin's link key
    ///   - recipientSealingKey: the public key that the header's `sealingKeyID` names
    /// - Returns: header and sealed part
    /// - Throws: `.tooLarge`, or `.badKey`
    package static func seal(
        _ header: BundleHeader, groups: [[Parcel]], sender: X25519KeyPair, recipientSealingKey: [UInt8]
    ) throws(BundleError) -> [UInt8] {
        let content = try BundleContent.encode(groups)
        let sealedSize = content.count + sealOverhead
        guard sealedSize <= maxSealedBytes else { throw .tooLarge }
        let head = header.encode(sealedSize: sealedSize)
        var handshake = NoiseHandshake(
            pattern: .k, role: .initiator, prologue: head, localStatic: sender,
            remoteStatic: recipientSealingKey)
        do {
            return head + (try handshake.writeMessage(payload: content))
        } catch {
            throw .badKey
        }
    }

    /// Opens a whole bundle and returns its parcels in order.
    /// - Parameters:
    ///   - linkKey: the public link key of the box that the header names as origin
    ///   - recipient: our sealing key that the header names
    /// - Throws: `.notAuthentic` for the wrong sender or key or an altered byte; the others for bad content
    package static func open(
        _ bytes: [UInt8], sender linkKey: [UInt8], recipient: X25519KeyPair
    ) throws(BundleError) -> [Parcel] {
        let (_, headerLength, sealedSize) = try BundleHeader.decode(bytes)
        guard bytes.count - headerLength == sealedSize else {
            throw .malformed(bytes.count - headerLength < sealedSize ? .truncated : .trailing)
        }
        var handshake = NoiseHandshake(
            pattern: .k, role: .responder, prologue: Array(bytes.prefix(headerLength)),
            localStatic: recipient,
            remoteStatic: linkKey)
        let content: [UInt8]
        do {
            content = try handshake.readMessage(Array(bytes.dropFirst(headerLength)))
        } catch {
            throw .notAuthentic
        }
        return try BundleContent.decode(content)
    }
}
