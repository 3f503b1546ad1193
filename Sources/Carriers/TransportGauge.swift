internal import Engine
internal import Glibc
internal import NIOCore

/// What the kernel knows of one link's TCP connection, and the options that keep its queue short.
struct TransportGauge {
    private let descriptor: NIOBSDSocket.Handle
    /// Bytes given to the connection since its start.
    var written: UInt64 = 0
    private var delivered: UInt64 = 0

    /// Bytes that the kernel holds back before it takes no more: one record.
    private static let unsentBytes: CInt = 16 << 10

    /// Nil where the channel is no socket.
    init?(_ context: ChannelHandlerContext) {
        let found = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { $0 }
        guard let found else { return nil }
        descriptor = found
        set(TCP_NODELAY, 1)
        set(Self.notSentLowAt, Self.unsentBytes)
        // Few packets are under way on a thin line: what is lost is sent again at a steady pace.
        set(Self.thinLinearTimeouts, 1)
    }

    // linux/tcp.h; older headers of the C library lack some of it.
    private static let information: CInt = 11
    private static let thinLinearTimeouts: CInt = 16
    private static let notSentLowAt: CInt = 25

    /// A kernel without an option works without it, only less well.
    private func set(_ option: CInt, _ value: CInt) {
        var value = value
        _ = setsockopt(
            descriptor, CInt(IPPROTO_TCP), option, &value, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Nil from a kernel that does not say enough (before Linux 4.6).
    mutating func sample() -> TransportSample? {
        var bytes = [UInt8](repeating: 0, count: 256)
        var length = socklen_t(bytes.count)
        guard getsockopt(descriptor, CInt(IPPROTO_TCP), Self.information, &bytes, &length) == 0,
            length >= Self.leastRoundTripAt + 4
        else { return nil }
        return sample(TCPInformation(bytes: bytes))
    }

    private static let leastRoundTripAt = 148

    private mutating func sample(_ kernel: TCPInformation) -> TransportSample {
        let outstanding = written - min(written, kernel.acknowledgedBytes)
        let sent = outstanding - min(outstanding, kernel.unsentBytes)
        let packets = kernel.packetsUnacknowledged
        // Of what is not acknowledged in a row, a part has arrived behind a hole, a part is lost.
        let arrived = packets == 0 ? 0 : sent * min(kernel.packetsArrived, packets) / packets
        let gone = min(kernel.packetsArrived + kernel.packetsLost, packets)
        let underWay = min(packets - gone + kernel.packetsRepeated, packets)
        delivered = max(delivered, min(written, kernel.acknowledgedBytes) + arrived)
        return TransportSample(
            delivered: delivered, underWay: packets == 0 ? 0 : Int(clamping: sent * underWay / packets),
            unsent: Int(clamping: kernel.unsentBytes), roundTripMs: kernel.roundTripMicros / 1_000,
            leastRoundTripMs: min(kernel.leastRoundTripMicros, kernel.roundTripMicros) / 1_000,
            acknowledgedAgoMs: kernel.acknowledgedAgoMs)
    }
}

/// `struct tcp_info` of linux/tcp.h, as far as it is needed; its layout is fixed, it only grows at its end.
private struct TCPInformation {
    let bytes: [UInt8]

    var packetsUnacknowledged: UInt64 { four(24) }
    /// Behind a hole (SACK).
    var packetsArrived: UInt64 { four(28) }
    var packetsLost: UInt64 { four(32) }
    /// Sent again and not answered yet.
    var packetsRepeated: UInt64 { four(36) }
    var acknowledgedAgoMs: UInt64 { four(56) }
    var roundTripMicros: UInt64 { four(68) }
    var acknowledgedBytes: UInt64 { four(120) | four(124) << 32 }
    var unsentBytes: UInt64 { four(144) }
    var leastRoundTripMicros: UInt64 { four(148) }

    /// Both architectures of the product are little endian.
    private func four(_ offset: Int) -> UInt64 {
        (0..<4).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
    }
}
