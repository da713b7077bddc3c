import Timing

/// Times of one kind, and what share of them was faster than what.
struct Distribution {
    private var nanoseconds: [Int64] = []

    mutating func add(_ duration: Duration) { nanoseconds.append(duration.nanoseconds) }

    /// In microseconds, one digit after the point: the time that `share` of all did not exceed.
    func quantile(_ share: Double) -> String { quantile(share, tenthNanoseconds: 100) }

    /// The same in milliseconds.
    func milliseconds(_ share: Double) -> String { quantile(share, tenthNanoseconds: 100_000) }

    private func quantile(_ share: Double, tenthNanoseconds: Int64) -> String {
        let sorted = nanoseconds.sorted()
        guard !sorted.isEmpty else { return "-" }
        let index = min(sorted.count - 1, Int((Double(sorted.count) * share).rounded(.up)) - 1)
        let tenths = (sorted[max(0, index)] + tenthNanoseconds / 2) / tenthNanoseconds
        return "\(tenths / 10).\(tenths % 10)"
    }
}
