import JSON
import Timing

/// One column of a kind's table, as the real server prints it.
struct Column: Sendable {
    typealias Cell = @Sendable (_ object: JSONValue, _ now: WallTime) -> JSONValue

    let name: String
    /// `string`, `integer` or `date`.
    var type = "string"
    /// 0 is always shown, 1 only with `-o wide`.
    var priority = 0
    let cell: Cell

    var definition: JSONValue {
        [
            "name": .string(name), "type": .string(type), "priority": JSONValue(priority),
            "format": name == "Name" ? "name" : "", "description": "",
        ]
    }

    static let name = field("Name", "metadata", "name")

    static let age = Column(name: "Age", type: "date") { object, now in
        .string(ageText(object["metadata", "creationTimestamp"], now))
    }

    /// What a field says, or `absent`.
    static func field(
        _ name: String, priority: Int = 0, absent: String = "", _ path: String...
    ) -> Column {
        Column(name: name, priority: priority) { object, _ in
            object.value(at: path) ?? .string(absent)
        }
    }

    /// What `text` makes of an object, or `absent` where that is empty.
    static func text(
        _ name: String, priority: Int = 0, absent: String = "",
        _ text: @escaping @Sendable (JSONValue, WallTime) -> String
    ) -> Column {
        Column(name: name, priority: priority) { object, now in
            let text = text(object, now)
            return .string(text.isEmpty ? absent : text)
        }
    }
}

/// How long ago `time` was, as kubectl writes it.
func ageText(_ time: JSONValue?, _ now: WallTime) -> String {
    guard let since = time?.string.flatMap({ WallTime($0) }) else { return "<unknown>" }
    return humanDuration(seconds: (now.microseconds - since.microseconds) / 1_000_000)
}

/// Two units at most, and the second only while it matters (apimachinery's HumanDuration).
func humanDuration(seconds: Int64) -> String {
    let (minute, hour, day, year): (Int64, Int64, Int64, Int64) = (60, 3_600, 86_400, 31_536_000)
    func text(_ unit: Int64, _ name: String, _ inner: Int64, _ innerName: String) -> String {
        let rest = seconds % unit / inner
        return "\(seconds / unit)\(name)" + (rest == 0 ? "" : "\(rest)\(innerName)")
    }
    return switch seconds {
    case ..<(-1): "<invalid>"
    case ..<0: "0s"
    case ..<(2 * minute): "\(seconds)s"
    case ..<(10 * minute): text(minute, "m", 1, "s")
    case ..<(3 * hour): "\(seconds / minute)m"
    case ..<(8 * hour): text(hour, "h", minute, "m")
    case ..<(2 * day): "\(seconds / hour)h"
    case ..<(8 * day): text(day, "d", hour, "h")
    case ..<(2 * year): "\(seconds / day)d"
    case ..<(8 * year): text(year, "y", day, "d")
    default: "\(seconds / year)y"
    }
}
