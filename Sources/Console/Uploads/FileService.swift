internal import Bundles
internal import Carriers
internal import NIOCore
internal import NIOHTTP1
internal import Relay
internal import Storage

/// PUT, GET and HEAD of people's files (XEP-0363): `/BOX/TOKEN/NAME`. Only the token counts: it is looked
/// up in the database, and the path of a file is made of the number that is found there.
final class FileService {
    let book: UploadBook
    let shelf: FileShelf
    private let loop: any EventLoop
    private let prefix: String
    private let blobs: BlobExchange
    private var receiving: [Int64: UploadReceiver] = [:]

    init(book: UploadBook, blobs: BlobExchange, box: String, loop: any EventLoop) {
        self.book = book
        self.blobs = blobs
        shelf = blobs.shelf
        self.loop = loop
        prefix = "/\(box)/"
        book.rowsRemoved = { [unowned self] in sweep() }
        everyHour()
    }

    func register(in routes: inout WebRoutes) {
        routes.add(below: prefix, WebRoute([.GET, .PUT], isOpen: true) { [unowned self] in handle($0) })
        let foreign = WebRoute([.GET], isOpen: true) { [unowned self] in fetch($0) }
        routes.add(foreign) { [unowned self] in address(of: $0) != nil }
    }

    private func everyHour() {
        sweep()
        loop.assumeIsolated().scheduleTask(in: .hours(1)) { [weak self] in
            self?.book.expire()
            self?.everyHour()
        }
    }

    private func sweep() {
        guard let ids = book.completeFiles else { return }
        shelf.sweep(keeping: ids + blobs.replicaIDs, newest: book.newestID, receiving: Set(receiving.keys))
    }

    // MARK: Requests

    private func handle(_ exchange: WebExchange) {
        let parts = exchange.path.dropFirst(prefix.count).split(
            separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let upload = book.find(String(parts[0])) else {
            return exchange.respond(.error(.notFound, "There is no such file.").readableByAll())
        }
        if exchange.head.method == .PUT { return put(upload, exchange) }
        guard let content = upload.content else {
            return exchange.respond(.error(.notFound, "This file has not been uploaded yet.").readableByAll())
        }
        FileSender(upload, content, exchange: exchange, shelf: shelf, loop: loop).start()
    }

    /// Owner and token of a file of another office.
    private func address(of path: String) -> (box: String, token: String)? {
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].utf8.count == UploadBook.tokenLength,
            blobs.isListed(String(parts[0]))
        else { return nil }
        return (String(parts[0]), String(parts[1]))
    }

    /// Every box of a deployment answers for all addresses of the files host.
    private func fetch(_ exchange: WebExchange) {
        guard let (box, token) = address(of: exchange.path) else {
            return exchange.respond(.error(.notFound, "There is no such file.").readableByAll())
        }
        RemoteFileSender(
            box: box, blob: BlobID(token: token), exchange: exchange, blobs: blobs, loop: loop
        ).start()
    }

    private func put(_ upload: Upload, _ exchange: WebExchange) {
        guard exchange.contentLength == nil || exchange.contentLength == upload.size else {
            let text = "The slot was asked for \(upload.size) bytes."
            return exchange.respond(.error(.payloadTooLarge, text).readableByAll())
        }
        if let other = receiving[upload.id] {
            guard !other.isFinishing else {
                let retry = [(name: "retry-after", value: "2")]
                return exchange.respond(.error(.conflict, "It is just being stored.", retry).readableByAll())
            }
            // A client that comes back knows best that its old connection is dead.
            other.stop(.error(.conflict, "Another attempt has begun."))
        }
        let receiver = UploadReceiver(upload, exchange: exchange, files: self)
        receiving[upload.id] = receiver
        exchange.receive(with: receiver)
    }

    func done(_ receiver: UploadReceiver, _ upload: Upload) {
        if receiving[upload.id] === receiver { receiving[upload.id] = nil }
    }
}
