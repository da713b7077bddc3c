/// How long to wait before the next attempt: doubling, capped, and spread by chance so that nodes
/// that lost one server do not come back to it in step.
package struct Backoff: Hashable, Sendable {
    /// The wait after the first failure, before the spread.
    package let first: Duration
    package let longest: Duration
    /// Failures since the last success.
    package private(set) var failures = 0

    /// Longer waits that a server asks for are cut to this.
    static let retryAfterMax: Duration = .seconds(60)

    package init(first: Duration = .milliseconds(100), longest: Duration = .seconds(5)) {
        self.first = first
        self.longest = longest
    }

    /// Between half and all of the doubled wait, but never less than the server asked for.
    ///
    /// - Parameter draw: a random number from 0 up to, not including, 1.
    package mutating func next(draw: Double, retryAfter: Duration? = nil) -> Duration {
        let doublings = min(failures, 30)
        failures += 1
        let whole = min(longest, first * (1 << doublings))
        let spread = whole / 2 + whole / 2 * draw
        return max(spread, min(retryAfter ?? .zero, Self.retryAfterMax))
    }

    package mutating func succeeded() {
        failures = 0
    }
}
