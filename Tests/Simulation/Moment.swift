import Timing

/// A point in the world's true time, which no node ever sees.
///
/// Unit: nanoseconds since the world began. A node sees an `Instant` of its own `NodeClock`.
package struct Moment: Hashable, Comparable, Sendable {
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    package static let zero = Moment(nanoseconds: 0)
    package static let never = Moment(nanoseconds: .max)

    package static func < (left: Moment, right: Moment) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    package static func + (moment: Moment, duration: Duration) -> Moment {
        moment.advanced(nanoseconds: duration.nanoseconds)
    }

    package static func - (later: Moment, earlier: Moment) -> Duration {
        .nanoseconds(later.nanoseconds - earlier.nanoseconds)
    }

    /// Saturates, so that "never" plus something is "never".
    package func advanced(nanoseconds offset: Int64) -> Moment {
        let (sum, overflowed) = nanoseconds.addingReportingOverflow(offset)
        return Moment(nanoseconds: overflowed ? .max : sum)
    }
}

extension Moment: CustomStringConvertible {
    /// Seconds with three decimals, as stories show it.
    package var description: String { secondsText(nanoseconds) }
}

/// Seconds with three decimals, rounded down.
package func secondsText(_ nanoseconds: Int64) -> String {
    let milliseconds = nanoseconds / 1_000_000
    let fraction = String(milliseconds % 1000)
    return "\(milliseconds / 1000)."
        + String(repeating: "0", count: max(0, 3 - fraction.count)) + fraction
}

/// Milliseconds with two decimals, rounded down.
package func millisecondsText(_ nanoseconds: Int64) -> String {
    let hundredths = nanoseconds / 10_000
    let fraction = hundredths % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
}
