package import Bundles

/// Times and limits of one session.
package struct LinkSettings: Sendable {
    /// After this long without sending a PING goes out, in milliseconds.
    package var pingAfterMs: UInt64 = 4_000
    /// After this long without a sign of life the peer is suspect.
    package var suspectMs: UInt64 = 6_000
    /// After this long without a sign of life the way is down.
    package var silenceDownMs: UInt64 = 15_000
    /// Limit of the handshake, up to the first record of the dialer: three messages over 9.6 kbit/s with
    /// 600 ms each way, one of them lost and sent again.
    package var handshakeLimitMs: UInt64 = 15_000
    /// A record that arrives in pieces counts as a sign of life for at most this long.
    package var recordLimitMs: UInt64 = 60_000
    /// Bytes of bundles sent and not yet taken by the peer, for each class with those above it.
    package var maxInFlightBytes = 512 * 1_024
    /// The largest bundle, in bytes.
    package var maxBundleBytes = Bundle.maxBytes
    /// The most bytes of a bundle in one fragment: smaller lets a higher class in sooner.
    package var fragmentBytes = LinkFormat.maxRecordBytes - LinkFormat.maxFragmentOverhead

    package init() {}
}

/// Who opened the connection.
package enum LinkRole: Sendable, Equatable {
    /// This box; it knows whom it dials.
    case dialer(remoteLinkKey: [UInt8])
    /// The peer; who it is turns out in its first message.
    case listener
}

package enum LinkState: Sendable, Equatable {
    case connecting
    case handshaking
    /// The other side has proven who it is and both hellos are there.
    case counted
    /// Counted, but silent for longer than it should be.
    case suspect
    case closed
}

/// A bundle to go out over this session.
package struct OutgoingBundle: Sendable {
    /// The owner's mark, given back when the bundle was taken or refused.
    package var token: UInt64
    package var parcelClass: ParcelClass
    /// How long this hop and those before it have held the bundle.
    package var heldSeconds: UInt64
    /// False for live bundles: nobody stores them, so nobody takes them.
    package var isTaken: Bool
    /// For the other side of this session itself, as an `OpenBundle`.
    package var isOpen: Bool
    package var bytes: [UInt8]
    /// What it says something newer about: of two bundles that wait with the same mark only the newer one
    /// leaves, in the place of the older one.
    package var topic: String?
    /// Monotonic milliseconds after which it is worth nothing: not sent any more.
    package var expiresAtMs: UInt64 = .max

    package init(
        token: UInt64, parcelClass: ParcelClass, heldSeconds: UInt64, isTaken: Bool = true,
        isOpen: Bool = false, bytes: [UInt8]
    ) {
        self.token = token
        self.parcelClass = parcelClass
        self.heldSeconds = heldSeconds
        self.isTaken = isTaken
        self.isOpen = isOpen
        self.bytes = bytes
    }
}

/// A whole bundle that the peer sent.
package struct ReceivedBundle: Sendable, Equatable {
    /// Its number in this session: what `taken` and `refuse` name.
    package let number: UInt64
    package let header: BundleHeader
    package let heldSeconds: UInt64
    /// Header and sealed part.
    package let bytes: [UInt8]
}

/// A whole open bundle: of the peer's own, for this box.
package struct ReceivedOpenBundle: Sendable, Equatable {
    /// Its number in this session: what `taken` and `refuse` name.
    package let number: UInt64
    /// As `OpenBundle.decode` reads it.
    package let bytes: [UInt8]
}

/// What the owner of a `LinkEngine` does, in this order.
package enum LinkEffect: Sendable, Equatable {
    /// Write these bytes to the socket.
    case send([UInt8])
    /// Somebody who owns this key dials: answer with `accept` or `reject`.
    case authenticate(linkKey: [UInt8])
    /// The listener has proven itself; answer with `introduce`. Its hello is given for that.
    case needHello(Hello)
    /// The session counts from here on.
    case counted(Hello)
    case bundle(ReceivedBundle)
    case openBundle(ReceivedOpenBundle)
    /// The peer has the bundles of these tokens on its disk.
    case taken([UInt64])
    /// The peer, as destination, has this mail of ours on its disk.
    case acknowledged(Acknowledgement)
    case refused(token: UInt64, reason: RefusalReason, text: String)
    /// What the peer's wall clock says.
    case clock(wallMs: UInt64, isSure: Bool)
    /// No sign of life for a while: dial beside it.
    case suspect
    /// A suspect peer gave a sign of life.
    case recovered
    /// Close the socket; nothing more comes from this engine.
    case close(LinkCloseReason)
}

/// Why a session ended.
package enum LinkCloseReason: Error, Sendable, Equatable {
    case handshakeTimeout
    case handshakeFailed
    case unknownPeer
    case unsupportedVersion(UInt8)
    case messageTooLong
    case notAuthentic
    case malformed(ByteError)
    case helloMissing
    case helloRepeated
    case fragmentOutOfOrder
    case bundleTooLarge
    case unknownBundleNumber
    case flood
    case silent
    case keysExhausted

    /// For the log and the console.
    package var text: String {
        switch self {
        case .handshakeTimeout: "the handshake did not end in time"
        case .handshakeFailed: "the handshake does not fit our keys"
        case .unknownPeer: "its key is not in the peer list"
        case .unsupportedVersion(let version):
            "it speaks link version \(version), which this box does not know"
        case .messageTooLong: "it sent a message longer than the limit"
        case .notAuthentic: "a record was altered on its way"
        case .malformed(let error): "it sent a frame that cannot be read (\(error))"
        case .helloMissing: "its first frame was not a hello"
        case .helloRepeated: "it sent a second hello"
        case .fragmentOutOfOrder: "it sent a fragment out of order"
        case .bundleTooLarge: "it sent a bundle larger than the limit"
        case .unknownBundleNumber: "it answered for a bundle that was never sent"
        case .flood: "it sends without taking the answers"
        case .silent: "no sign of life"
        case .keysExhausted: "the session's keys are used up"
        }
    }
}
