/// A point on the wall clock, for people and for the API; never compared with another node's.
///
/// Its text is RFC 3339 on the proleptic Gregorian calendar without leap seconds, as Go and POSIX
/// count.
package struct WallTime: Hashable, Comparable, Sendable {
    /// Since 1970-01-01T00:00:00Z.
    package let microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Saturates where microseconds do not reach, some 290,000 years from 1970.
    package init(secondsSince1970: Int64) {
        let (product, overflows) = secondsSince1970.multipliedReportingOverflow(by: 1_000_000)
        microseconds = overflows ? (secondsSince1970 < 0 ? .min : .max) : product
    }

    /// The second that has begun.
    package var secondsSince1970: Int64 { microseconds.divided(by: 1_000_000).quotient }

    package static func < (left: WallTime, right: WallTime) -> Bool {
        left.microseconds < right.microseconds
    }

    /// RFC 3339 in UTC, with 0 to 6 digits of the second's fraction.
    package func text(fractionDigits: Int = 0) -> String {
        let (seconds, fraction) = microseconds.divided(by: 1_000_000)
        let (days, time) = seconds.divided(by: 86_400)
        let (year, month, day) = Calendar.date(daysSince1970: days)
        var text = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        text += "T\(padded(time / 3_600, 2)):\(padded(time / 60 % 60, 2)):\(padded(time % 60, 2))"
        if fractionDigits > 0 { text += "." + padded(fraction, 6).prefix(fractionDigits) }
        return text + "Z"
    }

    /// Reads RFC 3339 §5.6 with any offset and any fraction, which is cut to microseconds.
    ///
    /// - Parameter fractionDigits: how many there must be; nil: any number, or none.
    /// - Returns: nil for anything else, and for a leap second.
    package init?(_ text: String, fractionDigits: Int? = nil) {
        var scanner = TextScanner(text)
        guard let year = scanner.number(digits: 4), scanner.skip("-"),
            let month = scanner.number(digits: 2), scanner.skip("-"),
            let day = scanner.number(digits: 2), scanner.skip("T"),
            let days = Calendar.daysSince1970(year: year, month: month, day: day),
            let hour = scanner.number(digits: 2), hour < 24, scanner.skip(":"),
            let minute = scanner.number(digits: 2), minute < 60, scanner.skip(":"),
            let second = scanner.number(digits: 2), second < 60,
            let fraction = scanner.fraction(), fraction.digits == fractionDigits ?? fraction.digits,
            let offset = scanner.offset(), scanner.isAtEnd
        else { return nil }
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
        microseconds = seconds * 1_000_000 + fraction.microseconds
    }
}

/// The proleptic Gregorian calendar, in years that begin in March, so that a leap day ends one.
private enum Calendar {
    /// 400 years, after which the calendar repeats.
    static let daysPerEra: Int64 = 146_097
    /// From 0000-03-01, where an era starts, to 1970-01-01.
    static let daysToEpoch: Int64 = 719_468

    static func date(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (daysSince1970 + daysToEpoch).divided(by: daysPerEra)
        let leapDays = dayOfEra / 1_460 - dayOfEra / 36_524 + dayOfEra / 146_096
        let yearOfEra = (dayOfEra - leapDays) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }

    /// Nil for a date that the calendar does not have.
    static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64? {
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        let (era, yearOfEra) = (month > 2 ? year : year - 1).divided(by: 400)
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * daysPerEra + dayOfEra - daysToEpoch
        return date(daysSince1970: days).day == day ? days : nil
    }
}

extension Int64 {
    /// Division whose remainder is never negative.
    fileprivate func divided(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

private func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// Reads the parts of an RFC 3339 text from left to right.
private struct TextScanner {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = Substring(text).utf8
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(digits count: Int) -> Int64? {
        let digits = rest.prefix(while: Self.isDigit).prefix(count)
        guard digits.count == count else { return nil }
        rest.removeFirst(count)
        return digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    /// How many digits a fraction has, and its microseconds; 0 digits when there is none.
    mutating func fraction() -> (digits: Int, microseconds: Int64)? {
        guard skip(".") else { return (0, 0) }
        let digits = rest.prefix(while: Self.isDigit)
        guard !digits.isEmpty else { return nil }
        rest.removeFirst(digits.count)
        let micros = (Array(digits.prefix(6)) + Array("000000".utf8)).prefix(6)
        return (digits.count, micros.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) })
    }

    /// Seconds east of UTC.
    mutating func offset() -> Int64? {
        if skip("Z") { return 0 }
        let isEast = skip("+")
        guard isEast || skip("-"), let hours = number(digits: 2), hours < 24, skip(":"),
            let minutes = number(digits: 2), minutes < 60
        else { return nil }
        return (isEast ? 1 : -1) * (hours * 3_600 + minutes * 60)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
