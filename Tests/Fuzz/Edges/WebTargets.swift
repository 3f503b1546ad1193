import FuzzDriver
import XMPP

@testable import Console

extension FuzzTarget {
    private static let upgrade = Array(
        ("GET /xmpp-websocket HTTP/1.1\r\nHost: finance.gov.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Protocol: xmpp\r\n\r\n").utf8)
    private static let open =
        "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='finance.gov.test' version='1.0'/>"
    private static let close = "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"
    private static let auth =
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-256'>biwsbj1hbGkscj1hYmNk</auth>"
    private static let body =
        "<body xmlns='http://jabber.org/protocol/httpbind' rid='1' to='finance.gov.test' hold='1' wait='0' "
        + "xmlns:xmpp='urn:xmpp:xbosh' xmpp:version='1.0' ver='1.11'/>"

    /// Anything on the HTTPS port, below TLS.
    static let web = FuzzTarget("web") {
        let requests = [
            "GET / HTTP/1.1\r\nHost: finance.gov.test\r\nRange: bytes=0-9\r\n\r\nGET /setup HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /http-bind HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)",
            "POST /http-bind HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
                + "5\r\n<body\r\n0\r\n\r\n",
            "OPTIONS /http-bind HTTP/1.1\r\nHost: a\r\nOrigin: https://b\r\n\r\n",
            "HEAD /.well-known/host-meta.json HTTP/1.0\r\n\r\n",
        ]
        return requests.map { [0x20] + Array($0.utf8) } + [[0x20] + upgrade + [0x81, 0x80, 0, 0, 0, 0]]
    } run: { input in
        guard let input = SteeredInput(input) else { return }
        SampleOffice.shared.converse(input.pieces.map { Array($0) })
    }

    /// A stream over WebSocket: frames as they are, or texts, parted by zero bytes, in frames that are right.
    static let webSocket = FuzzTarget("web-socket") {
        let texts = [open, auth, close]
        return [
            [1] + Array(texts.joined(separator: "\0").utf8),
            [1] + Array("\(open)\0<iq type='get' id='1' xmlns='jabber:client'/>".utf8),
            [0] + texts.flatMap { frame(Array($0.utf8)) },
            [0] + frame([], opcode: 9) + frame([3, 232], opcode: 8),
        ]
    } run: { input in
        guard let input = SteeredInput(input) else { return }
        if input.choice & 1 == 0 {
            SampleOffice.shared.converse([upgrade] + input.pieces.map { Array($0) })
        } else {
            let texts = input.bytes.split(separator: 0).map(Array.init)
            SampleOffice.shared.converse([upgrade] + texts.map { frame($0) })
        }
    }

    /// A masked frame that is the last of its message.
    private static func frame(_ bytes: [UInt8], opcode: UInt8 = 1) -> [UInt8] {
        let count = bytes.count
        let size =
            count < 126 ? [0x80 | UInt8(count)] : [0xFE, UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
        return [0x80 | opcode] + size + [0, 0, 0, 0] + bytes
    }

    /// Bodies of BOSH, and elements that leave the stream they were written for.
    static let bosh = FuzzTarget("bosh") {
        [[0] + Array(body.utf8), [1] + Array("<message to='a@b.test'><body>x</body></message>".utf8)]
    } run: { input in
        guard let input = SteeredInput(input) else { return }
        if input.choice & 1 == 0 {
            guard let read = BOSHBody(input.bytes, limit: 8_192) else { return }
            promise("a request id is one that JavaScript can count", (0..<1 << 53).contains(read.rid))
            _ = read.number("wait", in: 0...60, default: 60)
        } else {
            guard let element = try? StreamParser.parse(input.bytes) else { return }
            let alone = FramedElement.standalone(element.serialized())
            let read = try? StreamParser.parse(alone, defaultNamespace: "urn:example:other")
            promise("an element stands alone as in its stream: \(element)", read == element)
        }
    }
}
