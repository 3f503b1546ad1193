/// What a browser may do with somebody's file. What it could run as a page of the box is only ever
/// downloaded.
enum FilePresentation {
    /// Types that show nothing but themselves.
    private static let shown: Set<String> = [
        "image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/heic", "image/bmp",
        "audio/mpeg", "audio/mp4", "audio/aac", "audio/ogg", "audio/opus", "audio/flac", "audio/wav",
        "audio/webm", "audio/x-m4a", "video/mp4", "video/webm", "video/ogg", "video/quicktime", "video/3gpp",
        "application/pdf", "text/plain",
    ]

    static func headers(type: String, name: String) -> [(name: String, value: String)] {
        let known = shown.contains(type)
        let served =
            known ? (type == "text/plain" ? "text/plain; charset=utf-8" : type) : "application/octet-stream"
        // A sandbox would keep the browser's own viewer of PDF from opening.
        let sandbox = type == "application/pdf" && known ? "" : "; sandbox"
        return [
            ("content-type", served),
            ("content-disposition", "\(known ? "inline" : "attachment"); filename*=UTF-8''\(encoded(name))"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'\(sandbox)"),
        ]
    }

    /// RFC 8187 §3.2.1.
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
