package import Bundles

/// The wall clock of a box whose machine may have forgotten the time: it never runs backwards, and peers
/// may move it forward.
///
/// It starts at a floor: the newest of the program's build time, the last saved time and the newest stamp
/// in the archive. From there it runs with the monotonic clock, and with the machine's wall clock as soon
/// as that is ahead. All times are milliseconds; wall times since 1970.
package struct ClockFloor: Sendable {
    /// What the time of now rests on.
    package enum Source: String, Sendable {
        /// The machine's own clock.
        case machine
        /// The floor: the machine has forgotten the time and nobody has told it.
        case floor
        /// One upstream; nobody else has confirmed it.
        case upstream
        /// Two peers or more that agree.
        case peers
    }

    private struct Witness: Sendable {
        let wallMs: UInt64
        let heardAt: UInt64
        let isUpstream: Bool

        func time(at monotonicMs: UInt64) -> UInt64 {
            wallMs + (monotonicMs - min(monotonicMs, heardAt))
        }
    }

    /// A machine behind the floor by more than this has forgotten the time; by less, its clock was set back.
    package static let toleranceMs: UInt64 = 300_000
    /// Two peers that differ by less than this agree.
    package static let agreementMs: UInt64 = 60_000
    /// How far one upstream that nobody confirms may move a clock that has forgotten the time: a year.
    package static let unconfirmedLeadMs: UInt64 = 366 * 86_400_000
    /// Peers whose time is remembered; beyond it a new one is not heard.
    package static let maxWitnesses = 1_024
    /// The end of the year 9999: no peer's time is later.
    package static let lastTimeMs: UInt64 = 253_402_300_799_999

    package private(set) var source: Source
    private let floorMs: UInt64
    /// The newest time that is certain here, and when that was.
    private var anchorMs: UInt64
    private var anchoredAt: UInt64
    private var last: UInt64
    private var witnesses: [BoxID: Witness] = [:]

    /// - Parameter floorMs: a time that is certainly past.
    package init(floorMs: UInt64, machineMs: UInt64, monotonicMs: UInt64) {
        self.floorMs = floorMs
        source = machineMs + Self.toleranceMs < floorMs ? .floor : .machine
        anchorMs = floorMs
        anchoredAt = monotonicMs
        last = floorMs
    }

    /// Whether somebody may rely on the date.
    package var isSure: Bool { source == .machine || source == .peers }

    /// The time: never less than before.
    package mutating func now(machineMs: UInt64, monotonicMs: UInt64) -> UInt64 {
        if source == .machine, machineMs + Self.toleranceMs < last {
            // It was set back by more than a correction: the time goes on from where it was, and is not sure.
            source = .floor
            anchorMs = last
            anchoredAt = monotonicMs
        }
        let running = anchorMs + (monotonicMs - min(monotonicMs, anchoredAt))
        if machineMs >= running {
            // The machine knows the time, or has learned it.
            if source != .machine, source != .peers || machineMs > running + Self.agreementMs {
                source = .machine
            }
            last = max(last, machineMs)
        } else if source == .machine {
            last = max(last, machineMs)
        } else {
            last = max(last, running)
        }
        return last
    }

    /// A peer has told its time. One that is not sure itself is no witness.
    package mutating func heard(
        from box: BoxID, wallMs: UInt64, isSure: Bool, isUpstream: Bool, machineMs: UInt64,
        monotonicMs: UInt64
    ) {
        guard isSure, wallMs <= Self.lastTimeMs,
            witnesses[box] != nil || witnesses.count < Self.maxWitnesses
        else { return }
        witnesses[box] = Witness(wallMs: wallMs, heardAt: monotonicMs, isUpstream: isUpstream)
        let own = now(machineMs: machineMs, monotonicMs: monotonicMs)
        guard let believed = believed(at: monotonicMs) else { return }
        if believed.isConfirmed {
            move(to: believed.time, .peers, own: own, at: monotonicMs)
        } else if source == .floor || source == .upstream {
            let limit = floorMs + Self.unconfirmedLeadMs
            move(to: min(believed.time, limit), .upstream, own: own, at: monotonicMs)
        }
    }

    /// The time of an upstream, else the median of three or more; only as far as a second peer confirms it.
    private func believed(at monotonicMs: UInt64) -> (time: UInt64, isConfirmed: Bool)? {
        let times = witnesses.values.map { $0.time(at: monotonicMs) }.sorted()
        let upstreams = witnesses.values.filter(\.isUpstream).map { $0.time(at: monotonicMs) }.sorted()
        guard !upstreams.isEmpty || times.count >= 3 else { return nil }
        let claim = upstreams.isEmpty ? times[times.count / 2] : upstreams[upstreams.count / 2]
        guard times.count >= 2 else { return (claim, false) }
        // Another one at or after the claim confirms all of it; else the latest of the others.
        var others = times
        if let own = others.firstIndex(of: claim) { others.remove(at: own) }
        let second = others.last ?? claim
        return (second + Self.agreementMs >= claim ? claim : second, true)
    }

    private mutating func move(to time: UInt64, _ reason: Source, own: UInt64, at monotonicMs: UInt64) {
        // What is right within the agreement stays as it is; a clock that forgot the time is sure now.
        if time > own + (source == .machine ? Self.agreementMs : 0) {
            anchorMs = time
            anchoredAt = monotonicMs
            last = max(last, time)
            source = reason
        } else if source == .floor || source == .upstream, own <= time + Self.toleranceMs {
            source = reason
        }
    }
}
