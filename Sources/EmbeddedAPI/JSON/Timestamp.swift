import Glibc

/// A point in time by the wall clock, UTC, in microseconds since 1970: what objects carry.
struct Timestamp: Hashable, Comparable, Sendable {
    let microseconds: Int64

    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// RFC 3339 text; nil when it is not. `fractionDigits`: exactly that many, or any when nil.
    init?(_ text: String, fractionDigits: Int? = nil) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>, _ valid: ClosedRange<Int64>) -> Int64? {
            guard range.upperBound <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[range] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            return valid.contains(value) ? value : nil
        }
        guard bytes.count >= 20, bytes.count <= 40, bytes[4] == 0x2D, bytes[7] == 0x2D,
            bytes[10] == UInt8(ascii: "T"), bytes[13] == 0x3A, bytes[16] == 0x3A,
            let year = number(0..<4, 0...9999), let month = number(5..<7, 1...12),
            let day = number(8..<10, 1...31), let hour = number(11..<13, 0...23),
            let minute = number(14..<16, 0...59), let second = number(17..<19, 0...60)
        else { return nil }
        var rest = bytes[19...]
        var micros: Int64 = 0
        var digits = 0
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            while let byte = rest.first, (0x30...0x39).contains(byte) {
                if digits < 6 { micros = micros * 10 + Int64(byte - 0x30) }
                digits += 1
                rest = rest.dropFirst()
            }
            guard digits > 0 else { return nil }
        }
        for _ in min(digits, 6)..<6 { micros *= 10 }
        if let fractionDigits, digits != fractionDigits { return nil }
        guard let offset = Self.offsetSeconds(Array(rest)) else { return nil }
        let days = Self.daysSince1970(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
        microseconds = seconds * 1_000_000 + micros
    }

    private static func offsetSeconds(_ bytes: [UInt8]) -> Int64? {
        if bytes == [UInt8(ascii: "Z")] { return 0 }
        guard bytes.count == 6, bytes[0] == 0x2B || bytes[0] == 0x2D, bytes[3] == 0x3A,
            let hours = Int64(String(decoding: bytes[1...2], as: UTF8.self)), hours < 24,
            let minutes = Int64(String(decoding: bytes[4...5], as: UTF8.self)), minutes < 60,
            hours >= 0, minutes >= 0
        else { return nil }
        return (bytes[0] == 0x2B ? 1 : -1) * (hours * 3_600 + minutes * 60)
    }

    static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// `2026-01-02T03:04:05Z`, as metav1.Time.
    var text: String { dateText + "Z" }

    /// `2026-01-02T03:04:05.000006Z`, as metav1.MicroTime.
    var microText: String {
        let fraction = ((microseconds % 1_000_000) + 1_000_000) % 1_000_000
        return "\(dateText).\(padded(fraction, 6))Z"
    }

    private var dateText: String {
        let seconds = Int64((Double(microseconds) / 1_000_000).rounded(.down))
        let days = Int64((Double(seconds) / 86_400).rounded(.down))
        let ofDay = seconds - days * 86_400
        let (year, month, day) = Self.date(daysSince1970: days)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
            + "T\(padded(ofDay / 3_600, 2)):\(padded(ofDay / 60 % 60, 2)):\(padded(ofDay % 60, 2))"
    }

    /// The proleptic Gregorian calendar, counted in years that begin in March so that the leap
    /// day comes last.
    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func date(daysSince1970 days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

private func padded(_ number: Int64, _ width: Int) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
