/// Names a message by what it says, so that a receiver knows it again under a new name. BLAKE2b-128 over the
/// domains (each ended by a zero byte), the accept time (8 bytes, big endian, ms) and the stanza; computed at
/// both ends, never sent. 16 bytes.
package func contentID(origin: String, destination: String, acceptedMs: UInt64, stanza: [UInt8]) -> [UInt8] {
    var writer = ByteWriter(reserving: origin.utf8.count + destination.utf8.count + 10 + stanza.count)
    writer.append(origin.utf8)
    writer.byte(0)
    writer.append(destination.utf8)
    writer.byte(0)
    writer.uint64(acceptedMs)
    writer.append(stanza)
    return Sodium.blake2b(16, writer.bytes)
}
