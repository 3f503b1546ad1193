/// How urgent a bundle is; a hop serves lower values first.
package enum ParcelClass: UInt8, CaseIterable, Sendable, Comparable {
    /// Control and messages marked so.
    case urgent = 0
    case chat = 1
    case receipts = 2
    /// State and room history.
    case background = 3
    /// Files.
    case bulk = 4

    package static func < (left: ParcelClass, right: ParcelClass) -> Bool { left.rawValue < right.rawValue }
}
