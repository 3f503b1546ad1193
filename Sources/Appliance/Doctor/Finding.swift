/// One thing that `doctor` has looked at.
package struct Finding: Sendable, Equatable {
    package enum State: String, Sendable {
        case good
        /// Works, and somebody should look at it.
        case warning
        /// Something does not work.
        case broken
    }

    /// What was looked at: "clock", "disk", "names", …
    package let area: String
    package let state: State
    /// What is the case.
    package let text: String
    /// What to do next; nil when there is nothing to do.
    package let advice: String?

    package init(_ area: String, _ state: State, _ text: String, advice: String? = nil) {
        self.area = area
        self.state = state
        self.text = text
        self.advice = advice
    }
}

/// What a running box, or its files, say of it: the answer to the request `doctor`.
package struct BoxFacts: Codable, Sendable {
    package struct Peer: Codable, Sendable {
        package let name: String
        package let state: String
        /// Wall milliseconds.
        package let since: UInt64
    }

    package let running: Bool
    /// Wall milliseconds of the box's clock, which never runs backwards.
    package let now: UInt64
    package let peers: [Peer]
    /// Wall milliseconds.
    package let lastBackup: UInt64?
    /// Wall milliseconds; nil when the certificate cannot be read.
    package let certificateExpires: Int64?
    /// Whether the box renews its certificate by itself.
    package let renewsItself: Bool

    package init(
        running: Bool, now: UInt64, peers: [Peer], lastBackup: UInt64?, certificateExpires: Int64?,
        renewsItself: Bool
    ) {
        self.running = running
        self.now = now
        self.peers = peers
        self.lastBackup = lastBackup
        self.certificateExpires = certificateExpires
        self.renewsItself = renewsItself
    }
}
