/// A wall-clock second, shown as RFC 3339 text in UTC ("2026-01-02T03:04:05Z").
///
/// Unit: seconds since 1970-01-01T00:00:00Z, leap seconds not counted. For people to read: never
/// compared with another node's.
package struct Timestamp: Hashable, Comparable, Sendable {
    package let secondsSince1970: Int64

    /// 0000-01-01T00:00:00Z, the first second that RFC 3339 can write.
    package static let earliest: Int64 = -62_167_219_200
    /// 9999-12-31T23:59:59Z, the last second that RFC 3339 can write.
    package static let latest: Int64 = 253_402_300_799

    /// Seconds outside of the years 0 to 9999 become the nearest second within.
    package init(secondsSince1970: Int64) {
        self.secondsSince1970 = min(max(secondsSince1970, Self.earliest), Self.latest)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.secondsSince1970 < right.secondsSince1970
    }
}

extension Timestamp: CustomStringConvertible {
    private static let secondsPerDay: Int64 = 86_400

    package var description: String {
        let day = Self.floorDivision(secondsSince1970, Self.secondsPerDay)
        let second = secondsSince1970 - day * Self.secondsPerDay
        let date = Self.civilDate(daysSince1970: day)
        let clock = [second / 3_600, second / 60 % 60, second % 60].map { Self.digits($0, 2) }
        let calendar = [
            Self.digits(date.year, 4), Self.digits(date.month, 2), Self.digits(date.day, 2),
        ]
        return calendar.joined(separator: "-") + "T" + clock.joined(separator: ":") + "Z"
    }

    /// Reads the form that `description` writes, and no other.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 20,
            let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]),
            let day = Self.number(bytes[8..<10]), let hour = Self.number(bytes[11..<13]),
            let minute = Self.number(bytes[14..<16]), let second = Self.number(bytes[17..<19])
        else { return nil }
        let days = Self.daysSince1970(year: year, month: month, day: day)
        self.init(
            secondsSince1970: days * Self.secondsPerDay + hour * 3_600 + minute * 60 + second)
        // Separators, 30 February, 25 o'clock: what does not come out as it went in is refused.
        guard description == text else { return nil }
    }

    /// The proleptic Gregorian date of a day; years are counted from March, so that the leap day
    /// ends the year.
    private static func civilDate(
        daysSince1970 day: Int64
    ) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + daysFromYearZeroMarchTo1970
        let era = floorDivision(shifted, daysPerEra)
        let dayOfEra = shifted - era * daysPerEra
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * yearsPerEra + (month <= 2 ? 1 : 0)
        return (year, month, dayOfMonth)
    }

    /// The inverse of `civilDate`.
    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let yearFromMarch = month <= 2 ? year - 1 : year
        let era = floorDivision(yearFromMarch, yearsPerEra)
        let yearOfEra = yearFromMarch - era * yearsPerEra
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * daysPerEra + dayOfEra - daysFromYearZeroMarchTo1970
    }

    /// The Gregorian calendar repeats after 400 years.
    private static let yearsPerEra: Int64 = 400
    private static let daysPerEra: Int64 = 146_097
    private static let daysFromYearZeroMarchTo1970: Int64 = 719_468

    private static func floorDivision(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }

    private static func digits(_ value: Int64, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }
}

extension Timestamp: Decodable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let timestamp = Timestamp(text) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "\"\(text)\" is not a time like 2026-01-02T03:04:05Z"))
        }
        self = timestamp
    }
}
