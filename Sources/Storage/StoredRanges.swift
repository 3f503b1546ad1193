internal import Bundles

extension RangeSet {
    /// Reads a set from a column.
    init(stored bytes: [UInt8]) throws(StorageError) {
        var reader = ByteReader(bytes)
        do {
            self = try RangeSet.decode(from: &reader)
        } catch {
            throw StorageError.damaged("a set of ranges: \(error)")
        }
    }

    /// For a column.
    var stored: [UInt8] {
        var writer = ByteWriter()
        encode(into: &writer)
        return writer.bytes
    }
}
