/// What carries one client's stream: a TCP socket, WebSocket frames or BOSH bodies. It frames what the
/// connection says, and calls the connection with what it has read. Lives on the relay's event loop.
package protocol ClientWire: AnyObject {
    /// The opening of a stream (RFC 6120 §4.7, RFC 7395 §3.4).
    func sendOpening(from domain: String, id: String)

    /// One element as UTF-8: its default namespace is `jabber:client`, and it may use the prefix
    /// `stream:`; a carrier without a stream around it declares both.
    func send(_ element: [UInt8])

    /// What has been sent and has not left yet, bytes. When it has become less, the wire calls the
    /// connection's `drained`.
    var waitingBytes: Int { get }

    /// The end of the stream, behind everything sent before, now.
    func sendClosing()

    /// The connection's `isHeldBack` has changed: while it is set, nothing is read.
    func readingChanged()

    /// Puts TLS under the stream; false where that does not work.
    func startTLS() -> Bool

    /// The client begins a new stream on the same wire, after authentication.
    func restart()

    /// Lets the wire go, without another word.
    func close()
}
