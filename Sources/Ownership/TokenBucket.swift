import Timing

/// How many frames may leave now: `rate` a second on average, `rate` at once after a rest.
struct TokenBucket: Hashable, Sendable {
    /// Tokens a second, and the most that are saved up; at least 1.
    let rate: Int
    /// Tokens times 10^9, so that nothing is lost to rounding.
    private var nanotokens: Int64
    private var filledAt: Instant

    init(rate: Int, at now: Instant) {
        precondition(rate >= 1 && rate <= Self.rateMax, "token rate \(rate)")
        self.rate = rate
        nanotokens = Int64(rate) * Self.unit
        filledAt = now
    }

    /// Takes up to `wanted` tokens and gives how many there were.
    mutating func take(_ wanted: Int, at now: Instant) -> Int {
        refill(at: now)
        let taken = min(wanted, Int(nanotokens / Self.unit))
        nanotokens -= Int64(taken) * Self.unit
        return taken
    }

    /// When a token is there again; `now` when one is there already.
    func nextToken(after now: Instant) -> Instant {
        var copy = self
        copy.refill(at: now)
        let missing = Self.unit - copy.nanotokens
        guard missing > 0 else { return now }
        return now + .nanoseconds((missing + Int64(rate) - 1) / Int64(rate))
    }

    private mutating func refill(at now: Instant) {
        let rested = min(max((now - filledAt).nanoseconds, 0), Self.unit)
        nanotokens = min(nanotokens + rested * Int64(rate), Int64(rate) * Self.unit)
        filledAt = now
    }

    /// One token; also the nanoseconds of the second that fills the bucket.
    private static let unit: Int64 = 1_000_000_000
    static let rateMax = 1_000_000
}
