/// Why a hop does not take a bundle. Values that a newer peer may send are kept as they are.
package struct RefusalReason: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The quota of the origin or the disk is used up.
    package static let full = RefusalReason(rawValue: 1)
    package static let notForAPeer = RefusalReason(rawValue: 2)
    package static let malformed = RefusalReason(rawValue: 3)
    /// Too many hops, or back where it came from.
    package static let loop = RefusalReason(rawValue: 4)
}
