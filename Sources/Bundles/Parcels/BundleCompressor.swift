import CZstd

/// Compresses the columns of one person's parcels with zstd and dictionary 1, without what every frame begins
/// with: magic, frame header, and the header of the block where there is only one.
package final class BundleCompressor: Sendable {
    /// The most bytes that one group may decompress to: 1 MiB.
    package static let maxGroupBytes = 1 << 20
    package static let shared = BundleCompressor(dictionary: Dictionary1.bytes)

    /// A frame without its beginning.
    struct Compressed: Equatable, Sendable {
        /// The header of the only block is left out too.
        let isOneBlock: Bool
        let bytes: [UInt8]
    }

    /// Strong enough for a thin line, and short enough for the event loop that it runs on.
    private static let level: Int32 = 12
    /// Magic number, a descriptor that promises nothing, a window of 2 MiB (RFC 8878 §3.1.1).
    private static let beginning: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]
    private static let blockHeaderSize = 3

    // Made once and never changed: zstd documents digested dictionaries as shareable between threads
    // (zstd.h, "Bulk processing dictionary API"). Contexts, which are not, live for one call.
    private nonisolated(unsafe) let compression: OpaquePointer?
    private nonisolated(unsafe) let decompression: OpaquePointer?

    init(dictionary: [UInt8]) {
        compression = ZSTD_createCDict(dictionary, dictionary.count, Self.level)
        decompression = ZSTD_createDDict(dictionary, dictionary.count)
    }

    deinit {
        ZSTD_freeCDict(compression)
        ZSTD_freeDDict(decompression)
    }

    /// The compressed form, or nil where it would not be smaller.
    func compress(_ plain: [UInt8]) -> Compressed? {
        guard let frame = frame(plain), frame.count > Self.beginning.count,
            frame.starts(with: Self.beginning.dropLast()),
            frame[Self.beginning.count - 1] <= Self.beginning[Self.beginning.count - 1]
        else { return nil }
        let blocks = Array(frame.dropFirst(Self.beginning.count))
        let isOneBlock =
            blocks.count > Self.blockHeaderSize
            && blocks.starts(with: Self.blockHeader(size: blocks.count - Self.blockHeaderSize))
        let bytes = isOneBlock ? Array(blocks.dropFirst(Self.blockHeaderSize)) : blocks
        return bytes.count < plain.count ? Compressed(isOneBlock: isOneBlock, bytes: bytes) : nil
    }

    /// The plain form of exactly one frame, at most `limit` bytes; nil if it is damaged, more than one, or longer.
    func decompress(_ compressed: ArraySlice<UInt8>, isOneBlock: Bool, limit: Int) -> [UInt8]? {
        let frame =
            Self.beginning + (isOneBlock ? Self.blockHeader(size: compressed.count) : []) + compressed
        let frameSize = ZSTD_findFrameCompressedSize(frame, frame.count)
        guard ZSTD_isError(frameSize) == 0, frameSize == frame.count, let decompression else { return nil }
        guard let context = ZSTD_createDCtx() else { return nil }
        defer { ZSTD_freeDCtx(context) }
        // The size is not in the frame: begin with a likely one, so that small messages do not cost a megabyte.
        var capacity = max(4_096, frame.count * 8)
        while true {
            capacity = min(capacity, limit)
            var isComplete = false
            let plain = [UInt8](unsafeUninitializedCapacity: max(capacity, 1)) { buffer, filled in
                let size = ZSTD_decompress_usingDDict(
                    context, buffer.baseAddress, capacity, frame, frame.count, decompression)
                isComplete = ZSTD_isError(size) == 0
                filled = isComplete ? size : 0
            }
            if isComplete { return plain }
            guard capacity < limit else { return nil }
            capacity *= 4
        }
    }

    private func frame(_ plain: [UInt8]) -> [UInt8]? {
        guard let compression, let context = ZSTD_createCCtx() else { return nil }
        defer { ZSTD_freeCCtx(context) }
        // The sizes and ids that zstd would repeat are known here, and the seal or the link authenticates
        // every byte.
        ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0)
        ZSTD_CCtx_setParameter(context, ZSTD_c_dictIDFlag, 0)
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 0)
        ZSTD_CCtx_refCDict(context, compression)
        let capacity = ZSTD_compressBound(plain.count)
        var failed = true
        let frame = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
            let size = ZSTD_compress2(context, buffer.baseAddress, capacity, plain, plain.count)
            failed = ZSTD_isError(size) != 0
            filled = failed ? 0 : size
        }
        return failed ? nil : frame
    }

    /// Of a compressed block that is the last one: size, type 2, last (RFC 8878 §3.1.1.2).
    private static func blockHeader(size: Int) -> [UInt8] {
        let header = size << 3 | 2 << 1 | 1
        return [
            UInt8(truncatingIfNeeded: header), UInt8(truncatingIfNeeded: header >> 8),
            UInt8(truncatingIfNeeded: header >> 16),
        ]
    }
}
