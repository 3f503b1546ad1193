/// What the kernel says of the bytes that went out over one connection.
package struct TransportSample: Sendable, Equatable {
    /// Bytes that have reached the other end's kernel since the start of the connection.
    package var delivered: UInt64
    /// Bytes under way: sent, neither delivered nor taken for lost.
    package var underWay: Int
    /// Bytes handed over that have not left this machine.
    package var unsent: Int
    /// The kernel's smoothed round trip, milliseconds.
    package var roundTripMs: UInt64
    /// The shortest round trip of the last minutes, milliseconds: the line without any queue.
    package var leastRoundTripMs: UInt64

    /// How long ago the other end's kernel acknowledged something, milliseconds.
    package var acknowledgedAgoMs: UInt64

    package init(
        delivered: UInt64, underWay: Int, unsent: Int, roundTripMs: UInt64, leastRoundTripMs: UInt64,
        acknowledgedAgoMs: UInt64 = 0
    ) {
        self.delivered = delivered
        self.underWay = underWay
        self.unsent = unsent
        self.roundTripMs = roundTripMs
        self.leastRoundTripMs = leastRoundTripMs
        self.acknowledgedAgoMs = acknowledgedAgoMs
    }
}
