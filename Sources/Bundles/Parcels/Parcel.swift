/// One thing to bring to one box.
package enum Parcel: Equatable, Sendable {
    /// Numbered, acknowledged, kept until then. `acceptedMs`: wall time at the origin, ms since 1970.
    case mail(number: UInt64, previous: Previous, acceptedMs: UInt64, stanza: [UInt8])
    /// Is mail itself; announces names that will never come.
    case skipped(number: UInt64, [ParcelName])
    /// The value of a register that only the origin writes, with the counter of its version.
    case state(key: String, version: UInt64, value: [UInt8])
    /// Unnumbered, never on disk.
    case live([UInt8])
    /// The destination's, sealed, for ways that are not direct.
    case acknowledgement(Acknowledgement)
    /// Something of a file: its manifest, a range, a word of its reader.
    case blob(BlobParcel)

    /// The predecessor in the same conversation that must have been delivered or skipped before.
    package enum Previous: Equatable, Sendable {
        case none
        /// A lower number of the bundle's epoch.
        case sameEpoch(UInt64)
        case other(Epoch, UInt64)
    }

    /// The number of mail and skipped, nil for the others.
    package var number: UInt64? {
        switch self {
        case .mail(let number, _, _, _), .skipped(let number, _): number
        case .state, .live, .acknowledgement, .blob: nil
        }
    }
}
