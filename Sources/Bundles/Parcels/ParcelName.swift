/// What a mail parcel is called between its origin and its destination: for good, over any way.
package struct ParcelName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let epoch: Epoch
    /// From 1, per destination.
    package let number: UInt64

    package init(epoch: Epoch, number: UInt64) {
        self.epoch = epoch
        self.number = number
    }

    package static func < (left: ParcelName, right: ParcelName) -> Bool {
        (left.epoch, left.number) < (right.epoch, right.number)
    }

    package var description: String { "\(epoch)/\(number)" }
}
