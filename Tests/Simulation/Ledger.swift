internal import Bundles

/// A message as its sender knows it.
package struct SimulatedMessage: Hashable, Sendable {
    package let from: Int
    package let to: Int
    package let conversation: Int
    package let sequence: Int

    /// Stands for the content id.
    var content: [UInt8] { Array("\(from)>\(to) \(conversation) \(sequence)".utf8) }
}

/// What the boxes have promised, kept apart from them: neither a crash nor a copied disk touches it.
package struct Ledger {
    /// Messages whose acknowledgement went out to the client, in order.
    package var accepted: [SimulatedMessage] = []
    /// Those whose sender was told that they expired.
    package var expired: Set<SimulatedMessage> = []
    /// Those that a disk put back took with it, at either end: only a wonder, or an audit, brings them.
    package var excused: Set<SimulatedMessage> = []
    /// Those that were on the destination's disk at some time.
    var reached: Set<SimulatedMessage> = []
    /// Conversations at a destination in which mail was shown after the longest wait for its predecessor.
    var impatient: Set<SimulatedConversation> = []
    /// Bundles with mail that were handed to a session.
    package var bundlesSent = 0
    package var violations: [String] = []
    package var counts = Counts()

    /// What happened, to see that the simulation is not asleep.
    package struct Counts: Equatable, Sendable {
        package var crashes = 0
        package var rollbacks = 0
        package var resumed = 0
        package var wiped = 0
        package var sticks = 0
        package var refusals = 0
        package var alarms = 0
        package var lies = 0
        /// Mail of a machine that ran twice, taken for what the other run sent under the same name.
        package var mistaken = 0
        package var jumps = 0
        package var holds = 0
        package var drops = 0
        /// Open bundles that were taken in.
        package var opened = 0

        package init() {}
    }
}

struct SimulatedConversation: Hashable {
    let from: Int
    let to: Int
    let conversation: Int

    init(_ message: SimulatedMessage) {
        from = message.from
        to = message.to
        conversation = message.conversation
    }
}

/// What a bundle holds, once opened.
struct SimulatedContent {
    let from: Int
    let to: Int
    var epoch = Epoch.none
    var parcels: [SimulatedParcel] = []
    var acknowledgement: Acknowledgement?
}
