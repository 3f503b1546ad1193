internal import NIOHTTP1
internal import XMPP

/// What is said of a file before its content (RFC 9110 §13, §14).
struct FileHeaders {
    let name: String
    let type: String
    /// Bytes.
    let size: Int
    /// BLAKE2b-256 of the content.
    let hash: [UInt8]

    enum Answer {
        /// Nothing of the content follows.
        case over(WebResponse)
        case range(Range<Int>, WebResponse)
    }

    private var tag: String { "\"\(Base64.encode(Array(hash.prefix(16)), .url))\"" }

    func answer(to head: HTTPRequestHead) -> Answer {
        let asked = head.headers
        if asked[canonicalForm: "if-none-match"].contains(where: { $0 == tag || $0 == "*" }) {
            return .over(WebResponse(.notModified, [("etag", tag)]).readableByAll())
        }
        // A part of something else is of no use (RFC 9110 §13.1.5).
        let mayBePart = asked.first(name: "if-range").map { $0 == tag } ?? true
        switch mayBePart ? ByteRange.read(asked.first(name: "range"), size: size) : .whole {
        case .none:
            let headers = [(name: "content-range", value: "bytes */\(size)")]
            return .over(.error(.rangeNotSatisfiable, nil, headers).readableByAll())
        case .whole: return .range(0..<size, WebResponse(.ok, fields).readableByAll())
        case .part(let range):
            let text = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
            let response = WebResponse(.partialContent, fields + [("content-range", text)])
            return .range(range, response.readableByAll())
        }
    }

    private var fields: [(name: String, value: String)] {
        [
            ("etag", tag), ("accept-ranges", "bytes"),
            ("cache-control", "private, max-age=31536000, immutable"),
        ] + FilePresentation.headers(type: type, name: name)
    }
}
