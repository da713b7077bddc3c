import JSON
import Naming
import Timing

extension Resource {
    static let events = Resource(
        kind: "Event", plural: "events", shortNames: ["ev"],
        expiry: (
            3_600, ["metadata.creationTimestamp", "lastTimestamp", "series.lastObservedTime"]
        ),
        selectableFields: [
            "involvedObject.kind", "involvedObject.name", "involvedObject.namespace",
            "involvedObject.uid", "involvedObject.apiVersion", "involvedObject.resourceVersion",
            "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
        ],
        fields: [
            "involvedObject related": .objectReference,
            "reason message type action reportingComponent reportingInstance": .string,
            "source": .fields(["component host": .string]), "count": .integer,
            "firstTimestamp lastTimestamp": .time, "eventTime": .microTime,
            "series": .fields(["count": .integer, "lastObservedTime": .microTime]),
        ],
        columns: [
            .text("Last Seen") { event, now in
                let last = event["series", "lastObservedTime"] ?? event["lastTimestamp"]
                return ageText(last ?? firstTime(of: event), now)
            },
            .field("Type", "type"), .field("Reason", "reason"),
            .text("Object") { event, _ in
                let kind = (event["involvedObject", "kind"]?.string ?? "").lowercased()
                return event["involvedObject", "name"]?.string.map { "\(kind)/\($0)" } ?? kind
            },
            .field("Subobject", priority: 1, "involvedObject", "fieldPath"),
            .text("Source", priority: 1) { event, _ in
                let component = event["source", "component"] ?? event["reportingComponent"]
                let host = event["source", "host"] ?? event["reportingInstance"]
                return [component?.string, host?.string].compactMap(\.self)
                    .joined(separator: ", ")
            },
            .text("Message") { event, _ in trimmed(event["message"]?.string ?? "") },
            .text("First Seen", priority: 1) { event, now in ageText(firstTime(of: event), now) },
            Column(name: "Count", type: "integer", priority: 1) { event, _ in
                event["series", "count"] ?? JSONValue(max(event["count"]?.integer ?? 1, 1))
            },
            .field("Name", priority: 1, "metadata", "name"),
        ],
        complete: { event, preparation in
            let namespace = event["metadata", "namespace"]?.string ?? ""
            let involved = event["involvedObject", "namespace"]?.string ?? ""
            // Events about cluster-wide objects stand in "default".
            guard namespace != involved, !involved.isEmpty || namespace != "default" else { return }
            preparation.causes.invalid(
                "involvedObject.namespace", .string(involved), "does not match event.namespace")
        })
}

private func firstTime(of event: JSONValue) -> JSONValue? {
    event["firstTimestamp"] ?? event["eventTime"]
}
