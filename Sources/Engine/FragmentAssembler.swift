import Bundles

/// Puts the fragments of incoming bundles together: at most one open bundle per class.
struct FragmentAssembler: Sendable {
    struct Assembled: Sendable {
        let number: UInt64
        let parcelClass: ParcelClass
        let isOpen: Bool
        let heldSeconds: UInt64
        let bytes: [UInt8]
    }

    private struct Open: Sendable {
        let number: UInt64
        let isOpen: Bool
        let heldSeconds: UInt64
        var bytes: [UInt8]
    }

    private let maxBundleBytes: Int
    private var open = [Open?](repeating: nil, count: ParcelClass.allCases.count)
    private(set) var lastNumber: UInt64 = 0

    init(maxBundleBytes: Int) {
        self.maxBundleBytes = maxBundleBytes
    }

    /// Bytes held in unfinished bundles.
    var bytesHeld: Int { open.reduce(0) { $0 + ($1?.bytes.count ?? 0) } }

    /// Takes in one fragment; returns the bundle that it completes. Numbers start at 1 and have no gaps.
    mutating func add(_ fragment: Fragment) throws(LinkCloseReason) -> Assembled? {
        guard !fragment.bytes.isEmpty else { throw .fragmentOutOfOrder }
        let slot = fragment.parcelClass.slot
        var bundle = try bundle(for: fragment, slot)
        guard bundle.bytes.count + fragment.bytes.count <= maxBundleBytes else { throw .bundleTooLarge }
        open[slot] = nil  // one owner, so that appending does not copy
        bundle.bytes += fragment.bytes
        guard fragment.isLast else {
            open[slot] = bundle
            return nil
        }
        return Assembled(
            number: bundle.number, parcelClass: fragment.parcelClass, isOpen: bundle.isOpen,
            heldSeconds: bundle.heldSeconds, bytes: bundle.bytes)
    }

    private mutating func bundle(for fragment: Fragment, _ slot: Int) throws(LinkCloseReason) -> Open {
        guard let heldSeconds = fragment.heldSeconds else {
            guard let started = open[slot], started.number == fragment.bundle else {
                throw .fragmentOutOfOrder
            }
            return started
        }
        guard open[slot] == nil, lastNumber < .max, fragment.bundle == lastNumber + 1 else {
            throw .fragmentOutOfOrder
        }
        lastNumber = fragment.bundle
        return Open(
            number: fragment.bundle, isOpen: fragment.isOpen, heldSeconds: heldSeconds, bytes: [])
    }
}
