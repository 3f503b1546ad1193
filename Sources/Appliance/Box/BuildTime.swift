/// The floor of the clock: no box runs before its program was written.
enum BuildTime {
    /// 2026-11-01, milliseconds since 1970.
    static let milliseconds: UInt64 = 1_793_491_200_000
}
