import Timing

/// A wall-clock moment to the microsecond (metav1.MicroTime), written with exactly six fraction
/// digits, for the API server refuses any other number of them.
package struct MicroTime: Hashable, Comparable, Sendable {
    package let microsecondsSince1970: Int64

    package init(microsecondsSince1970: Int64) {
        self.microsecondsSince1970 = microsecondsSince1970
    }

    /// RFC 3339 with any number of fraction digits, cut to six. Nil for anything else.
    package init?(_ text: String) {
        guard let time = WallTime(text) else { return nil }
        microsecondsSince1970 = time.microseconds
    }

    package static func < (left: MicroTime, right: MicroTime) -> Bool {
        left.microsecondsSince1970 < right.microsecondsSince1970
    }
}

extension MicroTime: CustomStringConvertible {
    package var description: String {
        WallTime(microseconds: microsecondsSince1970).text(fractionDigits: 6)
    }
}

extension MicroTime: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let time = MicroTime(text) else {
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
