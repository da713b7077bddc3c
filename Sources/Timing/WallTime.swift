/// A point on the wall clock, for people and for the API; never compared with another node's.
package struct WallTime: Hashable, Comparable, Sendable {
    /// Since 1970-01-01T00:00:00Z.
    package let microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    package static func < (left: WallTime, right: WallTime) -> Bool {
        left.microseconds < right.microseconds
    }

    /// RFC 3339 in UTC, with 0 to 6 digits of the second's fraction.
    package func text(fractionDigits: Int = 0) -> String {
        let seconds = Self.floored(microseconds, by: 1_000_000)
        let (year, month, day) = Self.date(daysSince1970: Self.floored(seconds, by: 86_400))
        let time = seconds - Self.floored(seconds, by: 86_400) * 86_400
        var text = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))T"
        text += "\(Self.padded(time / 3_600, 2)):\(Self.padded(time / 60 % 60, 2)):"
        text += Self.padded(time % 60, 2)
        if fractionDigits > 0 {
            let fraction = Self.padded(microseconds - seconds * 1_000_000, 6)
            text += "." + fraction.prefix(fractionDigits)
        }
        return text + "Z"
    }

    /// Proleptic Gregorian date from a day count, by whole eras of 400 years.
    private static func date(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let days = daysSince1970 + 719_468
        let era = floored(days, by: 146_097)
        let dayOfEra = days - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func floored(_ value: Int64, by divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
