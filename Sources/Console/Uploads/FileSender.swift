internal import NIOCore
internal import NIOHTTP1
internal import Storage

/// Answers one GET or HEAD of a file: one chunk at a time is read, opened and sent.
final class FileSender {
    private let headers: FileHeaders
    private let key: [UInt8]
    private let exchange: WebExchange
    private let shelf: FileShelf
    private let loop: any EventLoop

    private let path: String
    private let unit: Int

    /// A file that was uploaded here.
    convenience init(
        _ upload: Upload, _ content: Upload.Content, exchange: WebExchange, shelf: FileShelf,
        loop: any EventLoop
    ) {
        self.init(
            FileHeaders(name: upload.name, type: upload.type, size: upload.size, hash: content.hash),
            key: content.key, path: shelf.path(upload.id), unit: ChunkedFile.chunkBytes, exchange: exchange,
            shelf: shelf, loop: loop)
    }

    /// Any complete file.
    /// - Parameter unit: bytes of content in one of its chunks.
    init(
        _ headers: FileHeaders, key: [UInt8], path: String, unit: Int, exchange: WebExchange,
        shelf: FileShelf, loop: any EventLoop
    ) {
        self.headers = headers
        self.key = key
        self.path = path
        self.unit = unit
        self.exchange = exchange
        self.shelf = shelf
        self.loop = loop
    }

    func start() {
        switch headers.answer(to: exchange.head) {
        case .over(let response): exchange.respond(response)
        case .range(let range, let response): open(range, response)
        }
    }

    private func open(_ range: Range<Int>, _ response: WebResponse) {
        if exchange.isHead {
            exchange.begin(response, length: range.count)
            return exchange.finish()
        }
        let (path, key, size, unit) = (path, key, headers.size, unit)
        shelf.run({
            let reader = try FileReader(path: path, key: key, size: size, chunk: unit)
            return (reader, try reader.bytes(from: range.lowerBound, to: range.upperBound))
        }) { result in
            guard case .success(let (reader, first)) = result else {
                return self.exchange.respond(.error(.internalServerError, "The file cannot be read."))
            }
            self.exchange.begin(response, length: range.count)
            self.send(first, then: range.lowerBound + first.count, range.upperBound, reader)
        }
    }

    private func send(_ bytes: [UInt8], then next: Int, _ end: Int, _ reader: FileReader) {
        exchange.send(ByteBuffer(bytes: bytes), loop: loop).assumeIsolated().whenComplete { result in
            guard case .success = result else { return }
            guard next < end else { return self.exchange.finish() }
            self.shelf.run({ try reader.bytes(from: next, to: end) }) { result in
                guard case .success(let more) = result else { return self.exchange.abort() }
                self.send(more, then: next + more.count, end, reader)
            }
        }
    }
}
