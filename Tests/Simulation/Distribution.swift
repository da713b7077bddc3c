/// Measured values of one kind, in nanoseconds or plain counts, and their percentiles.
package struct Distribution: Sendable {
    package private(set) var values: [Int64] = []

    package init() {}

    package mutating func record(_ value: Int64) {
        values.append(value)
    }

    package mutating func merge(_ other: Distribution) {
        values += other.values
    }

    /// The value that the given share of all values does not exceed (nearest rank); nil when none.
    package func percentile(perThousand: Int) -> Int64? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let rank = (sorted.count * perThousand + 999) / 1000
        return sorted[min(max(rank - 1, 0), sorted.count - 1)]
    }

    /// `count  median / p99 / max` in milliseconds.
    package var millisecondsLine: String { line(millisecondsText) }

    /// `count  median / p99 / max` as plain numbers.
    package var countsLine: String { line { String($0) } }

    private func line(_ text: (Int64) -> String) -> String {
        let marks = [500, 990, 1000].compactMap { percentile(perThousand: $0) }
        return marks.isEmpty
            ? "none" : marks.map(text).joined(separator: " / ") + " (\(values.count))"
    }
}
