internal import NIOCore
internal import NIOHTTP1
internal import Relay
internal import Storage

/// Takes one PUT of a slot: the body goes to the disk piece by piece, while the client waits for the
/// disk and the relay for nobody.
final class UploadReceiver: BodyReceiver {
    private let exchange: WebExchange
    private let upload: Upload
    private let files: FileService
    private let file: IncomingFile
    private var waiting: [UInt8] = []
    private var total = 0
    private var isWriting = false
    private var hasEnded = false
    private var isStopped = false
    /// The file is whole; from here on it cannot be replaced by another attempt.
    private(set) var isFinishing = false

    /// What is read from the client while the disk is busy, bytes.
    private static let ahead = 4 * ChunkedFile.chunkBytes

    init(_ upload: Upload, exchange: WebExchange, files: FileService) {
        self.exchange = exchange
        self.upload = upload
        self.files = files
        file = IncomingFile(
            path: files.shelf.path(upload.id), attempt: files.shelf.newAttempt(), keeps: upload.content == nil
        )
    }

    // MARK: The body

    func received(_ bytes: ByteBuffer) {
        guard !isStopped else { return }
        total += bytes.readableBytes
        guard total <= upload.size else {
            return stop(.error(.payloadTooLarge, "More came than was announced."))
        }
        waiting += bytes.readableBytesView
        if waiting.count >= Self.ahead { exchange.setReading(false) }
        write()
    }

    func ended() {
        guard !isStopped else { return }
        guard total == upload.size else { return stop(.error(.badRequest, "Less came than was announced.")) }
        hasEnded = true
        write()
    }

    func cancelled() { stop(nil) }

    // MARK: The disk

    private func write() {
        guard !isWriting, !isStopped else { return }
        if waiting.isEmpty {
            if hasEnded { finish() }
            return
        }
        guard hasEnded || waiting.count >= ChunkedFile.chunkBytes else { return }
        isWriting = true
        let bytes = waiting
        waiting = []
        files.shelf.run({ [file] in try file.write(bytes) }) { result in
            self.isWriting = false
            if self.isStopped { return self.discard() }
            guard case .success = result else { return self.stop(.error(.insufficientStorage)) }
            self.exchange.setReading(true)
            self.write()
        }
    }

    private func finish() {
        guard !isFinishing else { return }
        isFinishing = true
        files.shelf.run({ [file] in try file.finish() }) { result in
            guard case .success(let hash) = result else {
                self.isFinishing = false
                return self.stop(.error(.insufficientStorage))
            }
            if let content = self.upload.content { return self.compare(hash, content) }
            // Also when the client has gone meanwhile: it has sent everything.
            self.files.book.complete(self.upload, .init(key: self.file.key, hash: hash)) { good in
                self.over(good ? WebResponse(.created) : .error(.insufficientStorage))
            }
        }
    }

    /// The slot was filled before: the same again is no mistake, its answer may have been lost.
    private func compare(_ hash: [UInt8], _ content: Upload.Content) {
        over(
            hash == content.hash ? WebResponse(.created) : .error(.conflict, "Another file is here already."))
    }

    private func over(_ response: WebResponse) {
        isStopped = true
        files.done(self, upload)
        exchange.respond(response.readableByAll())
    }

    /// Gives up: the slot stays and may be tried again.
    func stop(_ response: WebResponse?) {
        guard !isStopped, !isFinishing else { return }
        isStopped = true
        files.done(self, upload)
        if !isWriting { discard() }
        if let response { exchange.respond(response.readableByAll()) }
    }

    private func discard() { files.shelf.run({ [file] in file.discard() }) { _ in } }
}
