import CSodium

/// The few libsodium primitives that everything else here is made of.
package enum Sodium {
    /// Whether libsodium could be started. Evaluated once per process (`sodium_init`).
    package static let ready: Bool = sodium_init() >= 0

    /// `count` bytes from the kernel's generator.
    package static func randomBytes(_ count: Int) -> [UInt8] {
        precondition(ready, "libsodium could not be started: the system gives no randomness")
        let bytes = filling(count) { output in
            randombytes_buf(output, count)
            return 0
        }
        return bytes ?? []
    }

    /// BLAKE2b (RFC 7693) of `input` with an output of 16 to 64 bytes and an optional key of 16 to 64 bytes.
    package static func blake2b(_ size: Int, _ input: [UInt8], key: [UInt8] = []) -> [UInt8] {
        precondition((16...64).contains(size), "BLAKE2b output is 16 to 64 bytes here")
        precondition(key.count <= 64, "BLAKE2b key is at most 64 bytes")
        let hash = filling(size) { output in
            crypto_generichash(output, size, input, UInt64(input.count), key.isEmpty ? nil : key, key.count)
        }
        return hash ?? []
    }

    /// `count` bytes that a C function fills, or nil if it returns anything but 0.
    static func filling(_ count: Int, _ fill: (UnsafeMutablePointer<UInt8>) -> Int32) -> [UInt8]? {
        var code: Int32 = -1
        // One byte of room at least: an empty buffer has no address to hand to C.
        let bytes = [UInt8](unsafeUninitializedCapacity: max(count, 1)) { buffer, filled in
            guard let output = buffer.baseAddress else { return }
            code = fill(output)
            filled = code == 0 ? count : 0
        }
        return code == 0 ? bytes : nil
    }

    /// Compares without telling by its duration where the first difference is.
    package static func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && sodium_memcmp(left, right, left.count) == 0
    }
}
