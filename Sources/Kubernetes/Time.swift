import Timing

/// A wall-clock moment to the second (metav1.Time): `2006-01-02T15:04:05Z`.
package struct Time: Hashable, Comparable, Sendable {
    package let secondsSince1970: Int64

    package init(secondsSince1970: Int64) {
        self.secondsSince1970 = secondsSince1970
    }

    /// RFC 3339; a fraction is cut off. Nil for anything else.
    package init?(_ text: String) {
        guard let time = WallTime(text) else { return nil }
        secondsSince1970 = time.secondsSince1970
    }

    package static func < (left: Time, right: Time) -> Bool {
        left.secondsSince1970 < right.secondsSince1970
    }
}

extension Time: CustomStringConvertible {
    package var description: String {
        WallTime(secondsSince1970: secondsSince1970).text()
    }
}

extension Time: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let time = Time(text) else {
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
