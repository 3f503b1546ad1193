package import Bundles

/// How much may wait for other offices: all together, and for each of them, so that one dead peer does
/// not take the room of the others.
///
/// What matters least is refused first: bulk and background find the queue full while chat still has
/// room, and what people do not wait for themselves (receipts, subscriptions, errors) or what is urgent
/// has a reserve beyond the limit.
package struct OutboxQuota: Sendable, Equatable {
    /// Bytes for all peers together, and for one.
    package var total: Int
    package var perPeer: Int

    package init(total: Int, perPeer: Int) {
        self.total = total
        self.perPeer = min(perPeer, total)
    }

    /// Which limit something would exceed.
    package enum Excess: Sendable, Equatable {
        /// That of its peer.
        case peer
        /// That of all peers together.
        case total
    }

    /// How far a class may fill a limit, in sixteenths of it.
    package static func share(_ parcelClass: ParcelClass) -> Int {
        switch parcelClass {
        case .urgent, .receipts: 17
        case .chat: 16
        case .background: 14
        case .bulk: 12
        }
    }

    /// Nil when there is room for `size` bytes more.
    /// - Parameters:
    ///   - usesReserve: what keeps two offices in agreement goes as far as the most important class.
    ///   - queuedForPeer: bytes that wait for its peer, and for all peers together.
    package func excess(
        _ size: Int, _ parcelClass: ParcelClass, usesReserve: Bool = false, queuedForPeer: Int, queued: Int
    ) -> Excess? {
        let share = usesReserve ? Self.share(.urgent) : Self.share(parcelClass)
        if queuedForPeer + size > perPeer / 16 * share { return .peer }
        return queued + size > total / 16 * share ? .total : nil
    }
}
