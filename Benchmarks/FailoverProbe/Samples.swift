import Timing

/// Questions to one address, in the order in which they were sent, and which of them were answered.
struct Samples {
    private(set) var sent: [Instant] = []
    private(set) var answered: [Bool] = []

    /// A later answer is none.
    static let patience: Duration = .milliseconds(100)

    mutating func ask(at now: Instant) {
        sent.append(now)
        answered.append(false)
    }

    /// The latest question whose index ends in these bits; nil when there is none, or when it was
    /// asked too long ago to be answered now.
    func latest(endingIn low: Int, mask: Int, at now: Instant) -> Int? {
        let last = sent.count - 1
        let index = last - (last - low) & mask
        guard index >= 0, now - sent[index] <= Self.patience else { return nil }
        return index
    }

    mutating func answer(_ index: Int) { answered[index] = true }

    func indices(from start: Instant, until end: Instant) -> Range<Int> {
        let lower = sent.firstIndex { $0 >= start } ?? sent.count
        let upper = sent[lower...].firstIndex { $0 >= end } ?? sent.count
        return lower..<upper
    }

    /// The longest time without an answer: from the first question of a run of unanswered ones to the
    /// next that was answered, or to the end of the range.
    func outage(in range: Range<Int>) -> Duration {
        var longest = Duration.zero
        var start: Instant?
        for index in range {
            if !answered[index] {
                start = start ?? sent[index]
            }
            guard let first = start else { continue }
            longest = max(longest, sent[index] - first)
            if answered[index] { start = nil }
        }
        return longest
    }

    func unanswered(in range: Range<Int>) -> Int { range.count { !answered[$0] } }
}
