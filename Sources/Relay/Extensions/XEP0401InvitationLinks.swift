/// The addresses that carry an invitation (XEP-0401).
package struct InvitationLinks {
    /// For apps: `xmpp:asma@finance.gov.test?register;preauth=TOKEN`.
    package let uri: String
    /// The path of the page for people.
    package let path: String
    /// The path of the web client's form for a new account, with what it has to know.
    package let client: String

    /// The path of all invitations' pages.
    package static let folder = "/invite/"

    package init(token: String, localpart: String?, domain: String) {
        let address = localpart.map { Self.escaped($0) + "@" + domain } ?? domain
        uri = "xmpp:\(address)?register;preauth=\(token)"
        path = Self.folder + token
        client = "/?invitation=\(token)" + (localpart.map { "&name=" + Self.escaped($0) } ?? "")
    }

    /// RFC 5122 §2.2, with everything escaped that is not unreserved in RFC 3986.
    private static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
