/// Latencies of one kind: every value up to a limit, so that the percentiles are exact.
struct LatencyTable {
    private var values: [UInt32] = []
    private(set) var count = 0

    /// Values kept; what comes after is counted only.
    static let capacity = 20_000_000

    mutating func add(_ nanoseconds: UInt64) {
        count += 1
        if values.count < Self.capacity { values.append(UInt32(clamping: nanoseconds / 1_000)) }
    }

    /// Percentiles in milliseconds as a JSON object.
    var json: String {
        let sorted = values.sorted()
        func percentile(_ part: Double) -> String {
            guard !sorted.isEmpty else { return "null" }
            return decimal(Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]) / 1_000)
        }
        return "{\"p50\": \(percentile(0.5)), \"p99\": \(percentile(0.99)), "
            + "\"p99.9\": \(percentile(0.999)), \"max\": \(percentile(1))}"
    }
}

/// A number with three digits behind the point.
func decimal(_ value: Double) -> String {
    let thousandths = Int((value * 1_000).rounded())
    let fraction = "\(thousandths % 1_000)"
    return "\(thousandths / 1_000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)"
}
