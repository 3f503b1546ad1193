internal import Bundles
internal import Carriers
internal import NIOCore
internal import NIOHTTP1
internal import Storage

/// Answers one GET or HEAD of another office's file: what is here of it is sent, the rest as it arrives. Its
/// owner is asked for it meanwhile.
final class RemoteFileSender {
    private let box: String
    private let blob: BlobID
    private let exchange: WebExchange
    private let blobs: BlobExchange
    private let loop: any EventLoop
    private var watcher: Int?
    private var timer: Scheduled<Void>?
    private var reader: FileReader?
    /// What the client is to get yet; nil before the file is known.
    private var left: Range<Int>?
    private var isBusy = false
    private var isOver = false

    /// Seconds without anything new: before the answer has begun, and after.
    private static let patience: Int64 = 20
    private static let stalled: Int64 = 50
    private static let retryAfter = "30"

    init(box: String, blob: BlobID, exchange: WebExchange, blobs: BlobExchange, loop: any EventLoop) {
        self.box = box
        self.blob = blob
        self.exchange = exchange
        self.blobs = blobs
        self.loop = loop
    }

    func start() {
        if let file = blobs.file(of: box, blob), file.isComplete { return sendWhole(file) }
        exchange.abandoned = { [self] in stop() }
        watcher = blobs.watch(box, blob) { [self] in advance() }
        wait(Self.patience)
        ask()
        advance()
    }

    private func headers(_ file: RemoteFile) -> FileHeaders {
        FileHeaders(name: file.name, type: file.type, size: file.size, hash: file.content.hash)
    }

    private func sendWhole(_ file: RemoteFile) {
        FileSender(
            headers(file), key: file.content.key, path: file.path, unit: file.unit, exchange: exchange,
            shelf: blobs.shelf, loop: loop
        ).start()
    }

    // MARK: What is here

    private func advance() {
        guard !isOver, !isBusy else { return }
        guard let file = blobs.file(of: box, blob) else { return missing() }
        guard let left else { return begin(file) }
        guard !left.isEmpty else { return end() }
        let end = min(left.upperBound, blobs.readable(of: box, blob, from: left.lowerBound))
        guard end > left.lowerBound else { return }
        send(left.lowerBound..<end, file)
    }

    private func missing() {
        guard left == nil else { return fail() }
        switch blobs.refusal(of: box, blob) {
        case .absent: respond(.error(.notFound, "There is no such file."))
        case .noRoom:
            respond(.error(.insufficientStorage, "This box has no room for files of other offices now."))
        case nil: break
        }
    }

    /// Headers go out with the first bytes: until then the answer may still be that it has to wait.
    private func begin(_ file: RemoteFile) {
        let range: Range<Int>
        let response: WebResponse
        switch headers(file).answer(to: exchange.head) {
        case .over(let response): return respond(response)
        case .range(let found, let head): (range, response) = (found, head)
        }
        guard
            exchange.isHead || range.isEmpty
                || blobs.readable(of: box, blob, from: range.lowerBound) > range.lowerBound
        else { return }
        exchange.begin(response, length: range.count)
        left = exchange.isHead ? range.upperBound..<range.upperBound : range
        advance()
    }

    private func send(_ range: Range<Int>, _ file: RemoteFile) {
        isBusy = true
        let known = reader
        let (path, key, size, unit) = (file.path, file.content.key, file.size, file.unit)
        blobs.shelf.run({
            let reader = try known ?? FileReader(path: path, key: key, size: size, chunk: unit)
            var bytes: [UInt8] = []
            while bytes.count < min(range.count, ChunkedFile.chunkBytes) {
                bytes += try reader.bytes(from: range.lowerBound + bytes.count, to: range.upperBound)
            }
            return (reader, bytes)
        }) { result in
            guard !self.isOver else { return }
            guard case .success(let (reader, bytes)) = result else { return self.fail() }
            self.reader = reader
            self.wait(Self.stalled)
            self.exchange.send(ByteBuffer(bytes: bytes), loop: self.loop).assumeIsolated().whenComplete {
                sent in
                guard !self.isOver else { return }
                guard case .success = sent else { return self.stop() }
                self.isBusy = false
                self.left = range.lowerBound + bytes.count..<(self.left?.upperBound ?? range.upperBound)
                self.advance()
            }
        }
    }

    // MARK: What is not here

    /// The owner is asked again while somebody waits: a question is stored by nobody.
    private func ask() {
        guard !isOver else { return }
        if blobs.file(of: box, blob) == nil || left == nil { blobs.ask(box, for: blob, from: wanted) }
        loop.assumeIsolated().scheduleTask(in: .seconds(1)) { [weak self] in self?.ask() }
    }

    /// Where the client begins to read, as far as it says so.
    private var wanted: Int {
        guard let range = exchange.head.headers.first(name: "range"), range.hasPrefix("bytes=") else {
            return 0
        }
        return Int(range.dropFirst(6).prefix { $0 != "-" }) ?? 0
    }

    private func wait(_ seconds: Int64) {
        timer?.cancel()
        timer = loop.assumeIsolated().scheduleTask(in: .seconds(seconds)) { [self] in
            guard !isOver, !isBusy else { return }
            guard left == nil else { return fail() }
            respond(
                .error(
                    .serviceUnavailable, "The file is on its way from another office. Try again later.",
                    [("retry-after", Self.retryAfter)]))
        }
    }

    private func respond(_ response: WebResponse) {
        stop()
        exchange.respond(response.readableByAll())
    }

    private func end() {
        stop()
        exchange.finish()
    }

    /// The client must not take what it got for the whole.
    private func fail() {
        stop()
        exchange.abort()
    }

    private func stop() {
        isOver = true
        timer?.cancel()
        if let watcher { blobs.unwatch(box, blob, watcher) }
        watcher = nil
        exchange.abandoned = {}
    }
}
