internal import Bundles
package import Carriers
package import Storage
internal import XMPP

/// Who has uploaded what, and who may still: slots, quotas, expiry. The contents are the web server's.
package final class UploadBook {
    private unowned let relay: Relay
    package let settings: UploadSettings
    private var used: [Int64: (bytes: Int, slots: Int)] = [:]
    private var total = 0
    /// Files completed lately, by account, and until when whoever their uploader writes to gets them:
    /// service milliseconds.
    private var recent: [Int64: [(upload: Upload, until: UInt64)]] = [:]
    /// Brings a file to another office.
    package var push: (Upload, Office) -> Void = { _, _ in }
    /// Called when files may have lost their rows.
    package var rowsRemoved: () -> Void = {}

    enum Refusal: Error {
        case tooLarge
        /// This person's share is used up, or has too many open slots.
        case personFull
        case boxFull
    }

    init(relay: Relay, settings: UploadSettings) {
        self.relay = relay
        self.settings = settings
        count()
        let now = relay.store.serviceClock.now()
        let since = now - min(now, UploadSettings.pushMs)
        for upload in relay.read([], { try relay.store.uploads(completedSince: since) }) {
            guard let age = relay.read(nil, { try relay.store.age(ofUpload: upload.id) }) else { continue }
            recent[upload.account, default: []].append((upload, now - min(now, age) + UploadSettings.pushMs))
        }
    }

    private func count() {
        let usage = relay.read([]) { try relay.store.uploadUsage() }
        used = Dictionary(uniqueKeysWithValues: usage.map { ($0.account, ($0.bytes, $0.slots)) })
        total = usage.reduce(0) { $0 + $1.bytes }
    }

    // MARK: Slots

    /// Reserves a place; `done` gets its address when it is on the disk.
    func reserve(
        account: Int64, name: String, type: String, size: Int,
        then done: @escaping (Result<String, Refusal>) -> Void
    ) {
        let (bytes, slots) = used[account] ?? (0, 0)
        guard size <= settings.fileBytes else { return done(.failure(.tooLarge)) }
        guard size <= settings.personBytes - bytes, slots < UploadSettings.slotsPerPerson else {
            return done(.failure(.personFull))
        }
        guard size <= settings.totalBytes - total, relay.disk.hasRoom(forFile: size) else {
            return done(.failure(.boxFull))
        }
        let token = Token.random(bytes: 16)
        let upload = Upload(
            id: relay.store.takeID(), account: account, name: name, type: type, size: size,
            token: BlobID(token: token).bytes)
        used[account] = (bytes + size, slots + 1)
        total += size
        relay.store.addSlot(upload) { error in
            guard error == nil else {
                self.release(upload)
                return done(.failure(.boxFull))
            }
            done(.success("\(self.settings.address)/\(token)/\(Self.encoded(name))"))
        }
    }

    private func release(_ upload: Upload) {
        guard let (bytes, slots) = used[upload.account] else { return }
        used[upload.account] = (bytes - upload.size, slots - 1)
        total -= upload.size
    }

    // MARK: Files

    /// Characters of an address's token: 128 bits.
    package static let tokenLength = 22

    /// What a token of an address stands for; nil for one that was never given out, or is over.
    package func find(_ token: String) -> Upload? {
        guard token.utf8.count == Self.tokenLength else { return nil }
        return relay.read(nil) { try relay.store.upload(token: BlobID(token: token).bytes) }
    }

    /// The content of a slot is on the disk; `done` gets false where that cannot be noted.
    package func complete(_ upload: Upload, _ content: Upload.Content, then done: @escaping (Bool) -> Void) {
        relay.store.complete(upload, content) { error in
            if error == nil, let (bytes, slots) = self.used[upload.account] {
                self.used[upload.account] = (bytes, max(0, slots - 1))
            }
            if error == nil { self.completed(upload, content) }
            done(error == nil)
        }
    }

    private func completed(_ upload: Upload, _ content: Upload.Content) {
        var upload = upload
        upload.content = content
        let now = relay.store.serviceClock.now()
        let kept = (recent[upload.account] ?? []).filter { $0.until > now }.suffix(UploadSettings.pushed - 1)
        recent[upload.account] = kept + [(upload, now + UploadSettings.pushMs)]
    }

    /// Somebody wrote to people of these offices: what was uploaded just before is probably what it is
    /// about. The address itself may be encrypted.
    func wrote(_ account: Int64, to offices: Set<Office>) {
        guard let uploads = recent[account], !offices.isEmpty else { return }
        let now = relay.store.serviceClock.now()
        for (upload, until) in uploads where until > now {
            for office in offices { push(upload, office) }
        }
    }

    /// No file has a higher number now.
    package var newestID: Int64 { relay.store.newestID }

    /// The ids of all complete files; nil when they cannot be read.
    package var completeFiles: [Int64]? { relay.read(nil) { try relay.store.completeUploads() } }

    /// Removes what is over; called every hour.
    package func expire() {
        let now = relay.store.serviceClock.now()
        recent = recent.mapValues { $0.filter { $0.until > now } }.filter { !$0.value.isEmpty }
        relay.store.expireUploads(slotMs: UploadSettings.slotMs, fileMs: settings.fileMs) { _ in
            self.removed()
        }
    }

    /// An account is going, and its rows with it.
    func accountRemoved() { relay.store.journal.commit({ _ in }) { _ in self.removed() } }

    private func removed() {
        if relay.store.journal.isIdle { count() }
        rowsRemoved()
    }

    // MARK: Addresses

    /// A file's name as the last part of an address (RFC 3986 §2.1).
    private static func encoded(_ name: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
            default: bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
