package import Bundles

/// One mail parcel as it arrived, without its bytes: the owner keeps those.
package struct ArrivedMail: Sendable, Hashable {
    package var name: ParcelName
    /// The parcel of the same conversation that comes before this one, if it was not acknowledged yet.
    package var predecessor: ParcelName?
    /// Names the conversation (sender's bare JID to recipient's bare JID).
    package var conversation: String
    /// The content id, 16 bytes.
    package var content: [UInt8]
    /// Size of the stanza, in bytes.
    package var bytes: Int

    package init(
        name: ParcelName, predecessor: ParcelName?, conversation: String, content: [UInt8], bytes: Int
    ) {
        self.name = name
        self.predecessor = predecessor
        self.conversation = conversation
        self.content = content
        self.bytes = bytes
    }
}

/// A mail parcel that is on this box's disk and waits for its predecessor.
package struct WaitingParcel: Sendable, Hashable {
    package var mail: ArrivedMail
    /// When it began to wait (after a restart: when it was read again), monotonic milliseconds.
    package var sinceMs: UInt64

    package init(mail: ArrivedMail, sinceMs: UInt64) {
        self.mail = mail
        self.sinceMs = sinceMs
    }
}

/// What the owner does, in this order, in the transaction that also stores the received ranges.
package enum ReceiveEffect: Sendable, Equatable {
    /// Show the parcel that was just handed in.
    case deliver(ParcelName)
    /// Keep the parcel that was just handed in until its turn comes.
    case store(WaitingParcel)
    /// The turn of a stored parcel has come: show it unless its content was shown meanwhile.
    case release(ParcelName)
    /// A stored parcel came again under a new name: forget the stored one.
    case superseded(ParcelName)
    /// Nothing to show, it is here already; the acknowledgement covers it.
    case duplicate(ParcelName)
    /// A known number with new content: log and count it. It is delivered too.
    case alarm(ParcelName)
    /// Too much waits already: it is neither kept nor acknowledged and will come again.
    case full(ParcelName)
}

/// Limits of a `PeerReceiver`.
package struct ReceiveSettings: Sendable {
    /// Parcels of one origin that may wait for a predecessor.
    package var maxWaiting = 1_024
    /// Their bytes.
    package var maxWaitingBytes = 8 * 1_024 * 1_024
    /// A parcel whose predecessor did not come for this long is shown without it: a day.
    package var longestWaitMs: UInt64 = 86_400_000
    /// Separate ranges kept per epoch; a parcel that would exceed it is not taken.
    package var maxRangesPerEpoch = 4_096
    /// Epochs kept; the lowest is forgotten for a new one, and what it held is known by its content.
    package var maxEpochs = 4_096
    /// Epochs and ranges named in one acknowledgement, so that it fits into one record.
    package var maxAcknowledgedEpochs = 16
    package var maxAcknowledgedRanges = 512

    package init() {}
}
