internal import NIOCore
internal import NIOHTTP1
internal import Relay
internal import Storage
internal import XMPP

/// Answers one GET or HEAD of a file: one chunk at a time is read, opened and sent.
final class FileSender {
    private let upload: Upload
    private let content: Upload.Content
    private let exchange: WebExchange
    private let shelf: FileShelf
    private let loop: any EventLoop

    init(
        _ upload: Upload, _ content: Upload.Content, exchange: WebExchange, shelf: FileShelf,
        loop: any EventLoop
    ) {
        self.upload = upload
        self.content = content
        self.exchange = exchange
        self.shelf = shelf
        self.loop = loop
    }

    private var tag: String { "\"\(Base64.encode(Array(content.hash.prefix(16)), .url))\"" }

    func start() {
        let asked = exchange.head.headers
        if asked[canonicalForm: "if-none-match"].contains(where: { $0 == tag || $0 == "*" }) {
            return exchange.respond(WebResponse(.notModified, [("etag", tag)]).readableByAll())
        }
        // A part of something else is of no use (RFC 9110 §13.1.5).
        let mayBePart = asked.first(name: "if-range").map { $0 == tag } ?? true
        let range = mayBePart ? ByteRange.read(asked.first(name: "range"), size: upload.size) : .whole
        switch range {
        case .none:
            let headers = [(name: "content-range", value: "bytes */\(upload.size)")]
            exchange.respond(.error(.rangeNotSatisfiable, nil, headers).readableByAll())
        case .whole: open(0..<upload.size, WebResponse(.ok, fields))
        case .part(let range):
            let text = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(upload.size)"
            open(range, WebResponse(.partialContent, fields + [("content-range", text)]))
        }
    }

    private var fields: [(name: String, value: String)] {
        [
            ("etag", tag), ("accept-ranges", "bytes"),
            ("cache-control", "private, max-age=31536000, immutable"),
        ] + FilePresentation.headers(type: upload.type, name: upload.name)
    }

    private func open(_ range: Range<Int>, _ response: WebResponse) {
        let response = response.readableByAll()
        if exchange.isHead {
            exchange.begin(response, length: range.count)
            return exchange.finish()
        }
        let (path, key, size) = (shelf.path(upload.id), content.key, upload.size)
        shelf.run({
            let reader = try FileReader(path: path, key: key, size: size)
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
