/// One column of a kind's table, as the real server prints it.
struct Column: Sendable {
    let name: String
    /// `string`, `integer` or `date`.
    let type: String
    /// 0 is always shown, 1 only with `-o wide`.
    let priority: Int
    let cell: @Sendable (JSONValue, Timestamp) -> JSONValue

    init(
        _ name: String, type: String = "string", priority: Int = 0,
        cell: @escaping @Sendable (JSONValue, Timestamp) -> JSONValue
    ) {
        self.name = name
        self.type = type
        self.priority = priority
        self.cell = cell
    }

    static let name = Column("Name") { object, _ in object["metadata", "name"] ?? "" }

    static let age = Column("Age", type: "date") { object, now in
        .string(ageText(object["metadata", "creationTimestamp"], now))
    }

    /// The field's text, or `absent`.
    static func field(
        _ name: String, priority: Int = 0, absent: String = "", _ path: [String]
    ) -> Column {
        Column(name, priority: priority) { object, _ in
            object.value(at: path) ?? .string(absent)
        }
    }
}

/// How long ago `time` was, as kubectl writes it.
func ageText(_ time: JSONValue?, _ now: Timestamp) -> String {
    guard let text = time?.string, let since = Timestamp(text) else { return "<unknown>" }
    return humanDuration(seconds: (now.microseconds - since.microseconds) / 1_000_000)
}

/// Two units at most, and the second only while it matters (apimachinery's HumanDuration).
func humanDuration(seconds: Int64) -> String {
    func text(_ first: Int64, _ firstUnit: String, _ second: Int64, _ secondUnit: String) -> String
    {
        second == 0 ? "\(first)\(firstUnit)" : "\(first)\(firstUnit)\(second)\(secondUnit)"
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

/// A Table (meta.k8s.io/v1) of objects; `withColumns` only on the first of a watch.
func table(
    _ objects: [JSONValue], of resource: Resource, metadata: JSONValue, withColumns: Bool,
    includeObject: String, now: Timestamp
) -> JSONValue {
    let rows = objects.map { object -> JSONValue in
        var row: JSONValue = [
            "cells": .array(resource.columns.map { $0.cell(object, now) })
        ]
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
    let columns = resource.columns.map { column -> JSONValue in
        [
            "name": .string(column.name), "type": .string(column.type),
            "format": column.name == "Name" ? "name" : "", "description": "",
            "priority": JSONValue(column.priority),
        ]
    }
    return [
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
        "columnDefinitions": withColumns ? .array(columns) : .array([]), "rows": .array(rows),
    ]
}
