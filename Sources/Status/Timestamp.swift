import Timing

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
    package var description: String { WallTime(secondsSince1970: secondsSince1970).text() }

    /// Reads the form that `description` writes, and no other.
    package init?(_ text: String) {
        guard let time = WallTime(text), time.text() == text else { return nil }
        self.init(secondsSince1970: time.secondsSince1970)
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
