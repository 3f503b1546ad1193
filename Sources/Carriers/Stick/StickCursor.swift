internal import Bundles
internal import Storage

/// How far an export has come. It travels in the file as its writer's own note, sealed with the data key:
/// row numbers would tell a finder how much this box has ever written.
struct StickCursor: Equatable {
    enum Stage: UInt8 {
        case mail = 1
        case registers = 2
        case transit = 3
        case done = 4
    }

    var stage = Stage.mail
    /// The database that `mail` and `transit` count in.
    let store: UInt64
    /// The last outbox row that is in the file.
    var mail: Int64 = 0
    /// The epoch in which `register` counts, and the last version that is in the file.
    var epoch: Epoch
    var register: UInt64 = 0
    /// The last row of a bundle for others that is in the file.
    var transit: Int64 = 0
    var counts = StickExport.Counts()

    init(store: UInt64, epoch: Epoch) {
        self.store = store
        self.epoch = epoch
    }

    /// The additional data of the seal: no row has this number.
    private static let row: Int64 = .min

    func sealed(_ cipher: PayloadCipher) -> [UInt8] {
        var writer = ByteWriter(reserving: 96)
        writer.byte(stage.rawValue)
        writer.uint64(store)
        writer.uint64(UInt64(bitPattern: mail))
        writer.epoch(epoch)
        writer.uint64(register)
        writer.uint64(UInt64(bitPattern: transit))
        for count in [counts.messages, counts.registers, counts.forOthers, counts.bundles] {
            writer.uint64(UInt64(count))
        }
        return cipher.seal(writer.bytes, row: Self.row)
    }

    /// Nil for what this box has not written, or with another key.
    init?(opening note: [UInt8], _ cipher: PayloadCipher) {
        guard let plain = try? cipher.open(note, row: Self.row) else { return nil }
        do throws(ByteError) {
            var reader = ByteReader(plain)
            guard let stage = Stage(rawValue: try reader.byte()) else { return nil }
            self.stage = stage
            store = try reader.uint64()
            mail = Int64(bitPattern: try reader.uint64())
            epoch = try reader.epoch()
            register = try reader.uint64()
            transit = Int64(bitPattern: try reader.uint64())
            counts.messages = try Int(clamping: reader.uint64())
            counts.registers = try Int(clamping: reader.uint64())
            counts.forOthers = try Int(clamping: reader.uint64())
            counts.bundles = try Int(clamping: reader.uint64())
            try reader.expectEnd()
        } catch {
            return nil
        }
    }
}
