/// A piece of a bundle on one hop.
package struct Fragment: Equatable, Sendable {
    /// Per session and direction, from 1.
    package let bundle: UInt64
    package let parcelClass: ParcelClass
    package let isLast: Bool
    /// Seconds that hops have held the bundle; in the first fragment of a bundle, and only there.
    package let heldSeconds: UInt64?
    package let bytes: [UInt8]

    package var isFirst: Bool { heldSeconds != nil }

    private static let lastBit: UInt8 = 1
    private static let firstBit: UInt8 = 2

    package init(
        bundle: UInt64, class parcelClass: ParcelClass, isLast: Bool, heldSeconds: UInt64?, bytes: [UInt8]
    ) {
        self.bundle = bundle
        self.parcelClass = parcelClass
        self.isLast = isLast
        self.heldSeconds = heldSeconds
        self.bytes = bytes
    }

    func encode(into writer: inout ByteWriter) {
        writer.varint(bundle)
        writer.byte(parcelClass.rawValue)
        writer.byte((isLast ? Self.lastBit : 0) | (isFirst ? Self.firstBit : 0))
        if let heldSeconds { writer.varint(heldSeconds) }
        writer.append(bytes)
    }

    static func decode(from reader: inout ByteReader) throws(ByteError) -> Fragment {
        let bundle = try reader.varint()
        guard bundle > 0 else { throw .badValue("bundle number") }
        guard let parcelClass = ParcelClass(rawValue: try reader.byte()) else { throw .badValue("class") }
        let flags = try reader.byte()
        guard flags & ~(lastBit | firstBit) == 0 else { throw .badValue("fragment flags") }
        let held = flags & firstBit != 0 ? try reader.varint() : nil
        return Fragment(
            bundle: bundle, class: parcelClass, isLast: flags & lastBit != 0, heldSeconds: held,
            bytes: reader.rest())
    }
}
