/// A wall-clock moment to the microsecond (metav1.MicroTime), written with exactly six fraction
/// digits, for the API server refuses any other number of them.
package struct MicroTime: Hashable, Comparable, Sendable {
    package let microsecondsSince1970: Int64

    private static let perSecond: Int64 = 1_000_000

    package init(microsecondsSince1970: Int64) {
        self.microsecondsSince1970 = microsecondsSince1970
    }

    /// RFC 3339 with any number of fraction digits, cut to six. Nil for anything else.
    package init?(_ text: String) {
        guard let civil = CivilTime(parsing: text) else { return nil }
        microsecondsSince1970 = civil.secondsSince1970 * Self.perSecond + civil.microseconds
    }

    package static func < (left: MicroTime, right: MicroTime) -> Bool {
        left.microsecondsSince1970 < right.microsecondsSince1970
    }
}

extension MicroTime: CustomStringConvertible {
    package var description: String {
        let fraction = microsecondsSince1970 % Self.perSecond
        let isBefore = fraction < 0
        let seconds = microsecondsSince1970 / Self.perSecond - (isBefore ? 1 : 0)
        let digits = CivilTime.padded(isBefore ? fraction + Self.perSecond : fraction, 6)
        return "\(CivilTime(secondsSince1970: seconds).text).\(digits)Z"
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
