extension Resource {
    static let events = Resource(
        kind: "Event", plural: "events", shortNames: ["ev"], timeToLiveSeconds: 3_600,
        selectableFields: [
            "involvedObject.kind", "involvedObject.name", "involvedObject.namespace",
            "involvedObject.uid", "involvedObject.apiVersion", "involvedObject.resourceVersion",
            "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
        ],
        fields: [
            "involvedObject": .objectReference, "related": .objectReference, "reason": .string,
            "message": .string, "type": .string, "action": .string, "count": .integer,
            "reportingComponent": .string, "reportingInstance": .string,
            "source": .fields(strings: "component host"), "firstTimestamp": .time,
            "lastTimestamp": .time, "eventTime": .microTime,
            "series": .fields(integers: "count", ["lastObservedTime": .microTime]),
        ],
        columns: [
            Column("Last Seen") { object, now in .string(lastSeen(object, now)) },
            .field("Type", ["type"]), .field("Reason", ["reason"]),
            Column("Object") { object, _ in .string(target(of: object)) },
            .field("Subobject", priority: 1, ["involvedObject", "fieldPath"]),
            Column("Source", priority: 1) { object, _ in .string(source(of: object)) },
            Column("Message") { object, _ in
                .string(String(trimmed(Substring(object["message"]?.string ?? ""))))
            },
            Column("First Seen", priority: 1) { object, now in .string(firstSeen(object, now)) },
            Column("Count", type: "integer", priority: 1) { object, _ in count(of: object) },
            Column("Name", priority: 1) { object, _ in object["metadata", "name"] ?? "" },
        ]
    ) { object, preparation in
        let namespace = object["metadata", "namespace"]?.string ?? ""
        let involved = object["involvedObject", "namespace"]?.string ?? ""
        // Events about cluster-wide objects stand in "default".
        guard namespace != involved, !(involved.isEmpty && namespace == "default") else { return }
        preparation.causes.invalid(
            "involvedObject.namespace", .string(involved), "does not match event.namespace")
    }
}

private func firstSeen(_ event: JSONValue, _ now: Timestamp) -> String {
    ageText(event["firstTimestamp"] ?? event["eventTime"], now)
}

private func lastSeen(_ event: JSONValue, _ now: Timestamp) -> String {
    if let last = event["series", "lastObservedTime"] { return ageText(last, now) }
    return event["lastTimestamp"].map { ageText($0, now) } ?? firstSeen(event, now)
}

private func count(of event: JSONValue) -> JSONValue {
    if let count = event["series", "count"] { return count }
    return JSONValue(max(event["count"]?.integer ?? 1, 1))
}

private func target(of event: JSONValue) -> String {
    let kind = (event["involvedObject", "kind"]?.string ?? "").lowercased()
    return event["involvedObject", "name"]?.string.map { "\(kind)/\($0)" } ?? kind
}

private func source(of event: JSONValue) -> String {
    let component = event["source", "component"] ?? event["reportingComponent"]
    let host = event["source", "host"] ?? event["reportingInstance"]
    return [component?.string, host?.string].compactMap(\.self).joined(separator: ", ")
}
