/// A moment in UTC, split as RFC 3339 writes it; years 0 to 9999.
///
/// Counted on the proleptic Gregorian calendar without leap seconds, as Go and POSIX do.
struct CivilTime: Hashable {
    var secondsSince1970: Int64
    var microseconds: Int64

    private static let secondsPerDay: Int64 = 86_400
    /// 400 years, after which the calendar repeats.
    private static let daysPerEra: Int64 = 146_097
    /// From 0000-03-01, where an era starts, to 1970-01-01.
    private static let daysToEpoch: Int64 = 719_468

    init(secondsSince1970: Int64, microseconds: Int64 = 0) {
        self.secondsSince1970 = secondsSince1970
        self.microseconds = microseconds
    }

    /// RFC 3339 §5.6 with any number of fraction digits (cut to microseconds) and any offset.
    ///
    /// - Returns: nil for anything else.
    init?(parsing text: String) {
        var digits = TextScanner(text)
        guard let year = digits.number(digits: 4), digits.skip("-"),
            let month = digits.number(digits: 2), (1...12).contains(month), digits.skip("-"),
            let day = digits.number(digits: 2), digits.skip("T"),
            let hour = digits.number(digits: 2), hour < 24, digits.skip(":"),
            let minute = digits.number(digits: 2), minute < 60, digits.skip(":"),
            let second = digits.number(digits: 2), second < 60,
            (1...Self.dayCount(year: year, month: month)).contains(day),
            let microseconds = digits.fraction(),
            let offset = digits.offset(), digits.isAtEnd
        else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        let seconds = days * Self.secondsPerDay + hour * 3_600 + minute * 60 + second
        self.init(secondsSince1970: seconds - offset, microseconds: microseconds)
    }

    /// `2006-01-02T15:04:05`, without fraction and zone.
    var text: String {
        let (days, second) = secondsSince1970.quotientAndRemainder(flooring: Self.secondsPerDay)
        let (year, month, day) = Self.date(days: days)
        let date = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
        let hour = Self.padded(second / 3_600, 2)
        let minute = Self.padded(second / 60 % 60, 2)
        return "\(date)T\(hour):\(minute):\(Self.padded(second % 60, 2))"
    }

    /// `number` in decimal with leading zeros.
    static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func dayCount(year: Int64, month: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01; years begin in March here, so that a leap day is a year's last.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month > 2 ? year : year - 1
        let (era, yearOfEra) = marchYear.quotientAndRemainder(flooring: 400)
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * daysPerEra + dayOfEra - daysToEpoch
    }

    private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (days + daysToEpoch).quotientAndRemainder(flooring: daysPerEra)
        let leapDays = dayOfEra / 1_460 - dayOfEra / 36_524 + dayOfEra / 146_096
        let yearOfEra = (dayOfEra - leapDays) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }
}

extension Int64 {
    /// Division whose remainder is never negative.
    fileprivate func quotientAndRemainder(
        flooring divisor: Int64
    ) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
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
        let part = rest.prefix(count)
        guard part.count == count, part.allSatisfy(Self.isDigit) else { return nil }
        rest.removeFirst(count)
        return part.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    /// Microseconds of a fraction, 0 when there is none.
    mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        let digits = rest.prefix(while: Self.isDigit)
        guard !digits.isEmpty else { return nil }
        rest.removeFirst(digits.count)
        let six = digits.prefix(6).reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        return (digits.count..<max(6, digits.count)).reduce(six) { value, _ in value * 10 }
    }

    /// Seconds east of UTC.
    mutating func offset() -> Int64? {
        if skip("Z") { return 0 }
        let isEast = skip("+")
        guard isEast || skip("-"), let hours = number(digits: 2), hours < 24, skip(":"),
            let minutes = number(digits: 2), minutes < 60
        else { return nil }
        let seconds = hours * 3_600 + minutes * 60
        return isEast ? seconds : -seconds
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
