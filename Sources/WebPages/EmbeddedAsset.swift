internal import XMPP

/// A file of the web pages, as it is in the executable.
package struct EmbeddedAsset: Sendable {
    /// Where it is in the web, without a slash in front: `app/main.js`.
    package let path: String
    /// Its content type.
    package let type: String
    /// 16 hexadecimal digits that change with its content: good for an entity tag.
    package let tag: String
    private let base64: StaticString

    init(path: String, type: String, tag: String, base64: StaticString) {
        self.path = path
        self.type = type
        self.tag = tag
        self.base64 = base64
    }

    /// The content, compressed with gzip. Made at each call: so pages that nobody reads take no memory.
    package var gzip: [UInt8] {
        do {
            return try Base64.decode(bytes: base64.withUTF8Buffer { Array($0) })
        } catch {
            preconditionFailure("scripts/embed-assets.sh wrote no base64 for \(path): \(error)")
        }
    }
}

/// All files of the web pages.
package enum WebPages {
    package static var assets: [EmbeddedAsset] { EmbeddedAssets.all }
}
