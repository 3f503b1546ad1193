internal import Bundles
internal import Storage

/// The bundles kept for one peer in the order in which its session gets them: class by class, the origins
/// of one class by turns, each origin's in the order of their coming.
struct TransitStreams {
    /// Rows up to here have been given to the session.
    private var cursors: [TransitStream: Int64] = [:]
    /// Origins that may have more, by class; the first is next.
    private var turns: [ParcelClass: [BoxID]] = [:]

    /// A new session begins with everything that is kept.
    init(_ streams: [TransitStream] = []) {
        for stream in streams { add(stream) }
    }

    mutating func add(_ stream: TransitStream) {
        if turns[stream.parcelClass]?.contains(stream.origin) != true {
            turns[stream.parcelClass, default: []].append(stream.origin)
        }
    }

    /// Whose turn it is, and the row after which to go on.
    mutating func next(_ parcelClass: ParcelClass) -> (stream: TransitStream, after: Int64)? {
        guard let origin = turns[parcelClass]?.first else { return nil }
        turns[parcelClass]?.removeFirst()
        turns[parcelClass]?.append(origin)
        let stream = TransitStream(parcelClass: parcelClass, origin: origin)
        return (stream, cursors[stream] ?? 0)
    }

    mutating func given(_ stream: TransitStream, upTo row: Int64) { cursors[stream] = row }

    /// Nothing more is kept of it now.
    mutating func isDone(_ stream: TransitStream) {
        turns[stream.parcelClass]?.removeAll { $0 == stream.origin }
    }
}
