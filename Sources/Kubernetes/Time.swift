import Timing

/// A wall-clock moment to the second (metav1.Time): `2006-01-02T15:04:05Z`.
package struct Time: TextualTime {
    package let secondsSince1970: Int64

    package init(secondsSince1970: Int64) {
        self.secondsSince1970 = secondsSince1970
    }

    /// RFC 3339; a fraction is cut off. Nil for anything else.
    package init?(_ text: String) {
        guard let time = WallTime(text) else { return nil }
        secondsSince1970 = time.secondsSince1970
    }

    package var description: String { WallTime(secondsSince1970: secondsSince1970).text() }

    package static func < (left: Time, right: Time) -> Bool {
        left.secondsSince1970 < right.secondsSince1970
    }
}

/// A wall-clock moment to the microsecond (metav1.MicroTime), written with exactly six fraction
/// digits, for the API server refuses any other number of them.
package struct MicroTime: TextualTime {
    package let microsecondsSince1970: Int64

    package init(microsecondsSince1970: Int64) {
        self.microsecondsSince1970 = microsecondsSince1970
    }

    /// RFC 3339 with any number of fraction digits, cut to six. Nil for anything else.
    package init?(_ text: String) {
        guard let time = WallTime(text) else { return nil }
        microsecondsSince1970 = time.microseconds
    }

    package var description: String {
        WallTime(microseconds: microsecondsSince1970).text(fractionDigits: 6)
    }

    package static func < (left: MicroTime, right: MicroTime) -> Bool {
        left.microsecondsSince1970 < right.microsecondsSince1970
    }
}

/// A moment whose JSON is its text.
package protocol TextualTime: Codable, Comparable, CustomStringConvertible, Hashable, Sendable {
    init?(_ text: String)
}

extension TextualTime {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let time = Self(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is not an RFC 3339 time")
        }
        self = time
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
