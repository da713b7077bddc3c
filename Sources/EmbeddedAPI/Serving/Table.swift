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

    static func text(
        _ name: String, priority: Int = 0,
        _ text: @escaping @Sendable (JSONValue, WallTime) -> String
    ) -> Column {
        Column(name: name, priority: priority) { .string(text($0, $1)) }
    }
}

/// How long ago `time` was, as kubectl writes it.
func ageText(_ time: JSONValue?, _ now: WallTime) -> String {
    guard let since = time?.string.flatMap({ WallTime($0) }) else { return "<unknown>" }
    return humanDuration(seconds: (now.microseconds - since.microseconds) / 1_000_000)
}

/// Two units at most, and the second only while it matters (apimachinery's HumanDuration).
func humanDuration(seconds: Int64) -> String {
    func text(_ count: Int64, _ unit: String, _ rest: Int64, _ restUnit: String) -> String {
        rest == 0 ? "\(count)\(unit)" : "\(count)\(unit)\(rest)\(restUnit)"
    }
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400)
    switch seconds {
    case ..<(-1): return "<invalid>"
    case ..<0: return "0s"
    case ..<120: return "\(seconds)s"
    case ..<600: return text(minutes, "m", seconds % 60, "s")
    case ..<(3 * 3_600): return "\(minutes)m"
    case ..<(8 * 3_600): return text(hours, "h", minutes % 60, "m")
    case ..<(48 * 3_600): return "\(hours)h"
    case ..<(8 * 86_400): return text(days, "d", hours % 24, "h")
    case ..<(2 * 365 * 86_400): return "\(days)d"
    case ..<(8 * 365 * 86_400): return text(days / 365, "y", days % 365, "d")
    default: return "\(days / 365)y"
    }
}

/// How objects are to be shown: as they are, or as a Table (meta.k8s.io/v1).
enum Form: Sendable {
    case objects
    case table(includeObject: String)

    /// The first media type of an Accept header that can be given.
    init(accept: String, includeObject: String?) throws {
        for alternative in accept.split(separator: ",") {
            let parts = alternative.split(separator: ";").map { trimmed($0) }
            guard ["application/json", "*/*", "application/*"].contains(parts.first) else {
                continue
            }
            if parts.contains("as=Table"), parts.contains("v=v1") {
                self = .table(includeObject: includeObject ?? "Metadata")
                return
            }
            if !parts.contains(where: { $0.hasPrefix("as=") }) {
                self = .objects
                return
            }
        }
        throw APIError(
            406, "only the following media types are accepted: application/json")
    }

    /// One object, alone or as a Table of one row.
    func shown(_ object: JSONValue, of resource: Resource, withColumns: Bool = true) -> JSONValue {
        guard case .table = self else { return object }
        let version = object["metadata", "resourceVersion"] ?? ""
        return shown([object], ["resourceVersion": version], of: resource, withColumns: withColumns)
    }

    /// A list, or a Table; `withColumns` is false for all Tables but the first of a watch.
    func shown(
        _ objects: [JSONValue], _ metadata: JSONValue, of resource: Resource,
        withColumns: Bool = true
    ) -> JSONValue {
        guard case .table(let includeObject) = self else {
            return [
                "kind": .string(resource.kind + "List"), "apiVersion": .string(resource.apiVersion),
                "metadata": metadata, "items": .array(objects),
            ]
        }
        let now = WallTime.now
        let rows = objects.map { object -> JSONValue in
            var row: JSONValue = ["cells": .array(resource.columns.map { $0.cell(object, now) })]
            switch includeObject {
            case "None": break
            case "Object": row["object"] = object
            default:
                row["object"] = [
                    "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                    "metadata": object["metadata"] ?? [:],
                ]
            }
            return row
        }
        return [
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
            "columnDefinitions": .array(withColumns ? resource.columns.map(\.definition) : []),
            "rows": .array(rows),
        ]
    }
}
