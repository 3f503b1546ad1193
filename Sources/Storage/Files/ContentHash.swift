internal import CSodium

/// BLAKE2b-256 of something that comes in pieces.
package struct ContentHash: ~Copyable {
    private let state: UnsafeMutableRawPointer

    package init() {
        state = .allocate(byteCount: crypto_generichash_statebytes(), alignment: 64)
        _ = crypto_generichash_init(opaque, nil, 0, 32)
    }

    deinit { state.deallocate() }

    private var opaque: OpaquePointer { OpaquePointer(state) }

    package mutating func update(_ bytes: [UInt8]) {
        _ = crypto_generichash_update(opaque, bytes, UInt64(bytes.count))
    }

    package mutating func finish() -> [UInt8] {
        var hash = [UInt8](repeating: 0, count: 32)
        _ = crypto_generichash_final(opaque, &hash, hash.count)
        return hash
    }
}
