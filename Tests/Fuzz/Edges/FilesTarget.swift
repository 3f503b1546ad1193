import Bundles
import FuzzDriver

@testable import Appliance

extension FuzzTarget {
    /// Heads of backups and updates, answers of resolvers, units in texts.
    static let files = FuzzTarget("files", longest: 2_048) {
        let about = BackupDescription(
            name: "finance", domain: "finance.gov.test", created: 1_700_000_000_000, files: 3, bytes: 4_096)
        let entry = BackupEntry(path: "keys/data.key", mode: 0o400, size: 32)
        let reply: [UInt8] =
            [0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 3, 98, 111, 120, 4, 116, 101, 115, 116, 0, 0, 1, 0, 1]
            + [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 1]
        let service: [UInt8] =
            Array(reply.prefix(26))
            + [0xC0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, 8, 0, 0, 0, 0, 20, 102, 0xC0, 12]
        return [
            [0] + about.encode(), [1] + entry.encode(), [2] + reply, [2] + service, [3] + Array("36 h".utf8),
            [3] + Array("3 GiB".utf8), [3] + Array("[fd00::4]:7400".utf8),
        ]
    } run: { input in
        guard let input = SteeredInput(input) else { return }
        switch input.choice & 3 {
        case 0: _ = try? BackupDescription(decoding: input.bytes)
        case 1:
            guard let entry = try? BackupEntry(decoding: input.bytes) else { return }
            let isInside = !entry.path.utf8.starts(with: "/".utf8) && !entry.path.contains("..")
            promise("a backup writes nowhere but into the box", !entry.isPlausible || isInside)
        case 2: _ = try? DNSMessage.answers(input.bytes, id: 7)
        default:
            let text = String(decoding: input.bytes, as: UTF8.self)
            if let size = try? ByteSize(text) {
                promise(
                    "a size is written so that it reads the same", (try? ByteSize(size.description)) == size)
            }
            if let span = try? TimeSpan(text) {
                promise("a time reads as written", (try? TimeSpan(span.description)) == span)
            }
            if let place = try? HostPort(text) {
                promise("a place reads as written", (try? HostPort(place.description)) == place)
            }
        }
    }
}
