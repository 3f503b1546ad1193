/// A piece of a bundle on one hop.
package struct Fragment: Equatable, Sendable {
    /// Per session and direction, from 1.
    package let bundle: UInt64
    package let parcelClass: ParcelClass
    package let isLast: Bool
    /// The bundle is an `OpenBundle`; said in its first fragment, and only there.
    package let isOpen: Bool
    /// Seconds that hops have held the bundle; in the first fragment of a bundle, and only there.
    package let heldSeconds: UInt64?
    package let bytes: [UInt8]

    package var isFirst: Bool { heldSeconds != nil }

    private static let classBits: UInt8 = 7
    private static let lastBit: UInt8 = 8
    private static let firstBit: UInt8 = 16
    private static let heldBit: UInt8 = 32
    private static let openBit: UInt8 = 64

    package init(
        bundle: UInt64, class parcelClass: ParcelClass, isLast: Bool, isOpen: Bool = false,
        heldSeconds: UInt64?, bytes: [UInt8]
    ) {
        self.bundle = bundle
        self.parcelClass = parcelClass
        self.isLast = isLast
        self.isOpen = isOpen
        self.heldSeconds = heldSeconds
        self.bytes = bytes
    }

    func encode(into writer: inout ByteWriter) {
        writer.varint(bundle)
        let held = heldSeconds ?? 0
        let open = isOpen && isFirst
        writer.byte(
            parcelClass.rawValue | (isLast ? Self.lastBit : 0) | (isFirst ? Self.firstBit : 0)
                | (held > 0 ? Self.heldBit : 0) | (open ? Self.openBit : 0))
        if held > 0 { writer.varint(held) }
        writer.append(bytes)
    }

    static func decode(from reader: inout ByteReader) throws(ByteError) -> Fragment {
        let bundle = try reader.varint()
        guard bundle > 0 else { throw .badValue("bundle number") }
        let flags = try reader.byte()
        guard let parcelClass = ParcelClass(rawValue: flags & classBits) else { throw .badValue("class") }
        let isFirst = flags & firstBit != 0
        guard flags & 0x80 == 0, isFirst || flags & (heldBit | openBit) == 0 else {
            throw .badValue("fragment flags")
        }
        let held = flags & heldBit != 0 ? try reader.varint() : 0
        guard held > 0 || flags & heldBit == 0 else { throw .badValue("held seconds") }
        return Fragment(
            bundle: bundle, class: parcelClass, isLast: flags & lastBit != 0, isOpen: flags & openBit != 0,
            heldSeconds: isFirst ? held : nil,
            bytes: reader.rest())
    }
}
