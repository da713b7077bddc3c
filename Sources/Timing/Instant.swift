/// A point on one machine's clock that counts through suspend (CLOCK_BOOTTIME).
///
/// Unit: nanoseconds since an origin of that machine's own. Instants of two machines are never
/// compared. The edge reads the clock once per event and hands the instant in; decisions only add
/// and compare.
package struct Instant: Hashable, Comparable, Sendable {
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    package static let zero = Instant(nanoseconds: 0)

    package static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// Saturates at either end, so that a deadline of "never" is not a trap.
    package static func + (instant: Instant, duration: Duration) -> Instant {
        let (sum, overflowed) = instant.nanoseconds.addingReportingOverflow(duration.nanoseconds)
        guard overflowed else { return Instant(nanoseconds: sum) }
        return Instant(nanoseconds: duration.nanoseconds > 0 ? .max : .min)
    }

    package static func - (instant: Instant, duration: Duration) -> Instant {
        instant + .nanoseconds(-max(duration.nanoseconds, -.max))
    }

    /// Saturates at ±292 years: "for ever ago" is long past, never far ahead.
    package static func - (later: Instant, earlier: Instant) -> Duration {
        let (difference, overflowed) = later.nanoseconds.subtractingReportingOverflow(
            earlier.nanoseconds)
        guard overflowed else { return .nanoseconds(difference) }
        return .nanoseconds(later > earlier ? Int64.max : Int64.min)
    }
}

extension Duration {
    /// The whole duration in nanoseconds; saturates at ±292 years.
    package var nanoseconds: Int64 {
        // Below 9.2 s one division of 64 bits does.
        if let short = Int64(exactly: attoseconds) { return short / Self.attosecondsInNanosecond }
        let (seconds, attoseconds) = components
        let (product, overflowed) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflowed else { return seconds > 0 ? .max : .min }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds > 0 ? .max : .min) : sum
    }

    /// The whole duration in milliseconds, rounded towards zero.
    package var milliseconds: Int64 { nanoseconds / 1_000_000 }

    private static let attosecondsInNanosecond: Int64 = 1_000_000_000

    // The standard library's own are generic over the number and are not specialised: each costs
    // as much as everything else that is done with one hello's entry.

    package static func milliseconds(_ count: Int64) -> Duration {
        Duration(attoseconds: Int128(count) * 1_000_000_000_000_000)
    }

    package static func nanoseconds(_ count: Int64) -> Duration {
        Duration(attoseconds: Int128(count) * Int128(attosecondsInNanosecond))
    }

    package static func * (duration: Duration, factor: Int) -> Duration {
        Duration(attoseconds: duration.attoseconds * Int128(factor))
    }
}
