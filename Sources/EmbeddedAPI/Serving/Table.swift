import HTTPServing
import JSON
import Naming
import Timing

/// How objects are to be shown: as they are, or as a Table (meta.k8s.io/v1).
struct Form: Sendable {
    /// Whether objects are rows of a Table.
    let isTable: Bool
    /// False for all Tables but the first of a watch.
    var withColumns = true
    /// What a row carries beside its cells: `None`, `Object`, or the metadata alone.
    private let includeObject: String

    /// The first form that the Accept header lists and that can be given. Throws 406 for none.
    init(_ request: HTTPRequest) throws {
        includeObject = request.queryValue("includeObject") ?? "Metadata"
        for alternative in (request.header("accept") ?? "*/*").split(separator: ",") {
            let parts = alternative.split(separator: ";").map { trimmed($0) }
            let isJSON = ["application/json", "*/*", "application/*"].contains(parts.first)
            let asTable = parts.contains("as=Table") && parts.contains("v=v1")
            if isJSON, asTable || !parts.contains(where: { $0.hasPrefix("as=") }) {
                isTable = asTable
                return
            }
        }
        throw APIError(406, "only the following media types are accepted: application/json")
    }

    /// One object, alone or as a Table of one row.
    func shown(_ object: JSONValue, of resource: Resource) -> JSONValue {
        guard isTable else { return object }
        let version = object["metadata", "resourceVersion"] ?? ""
        return shown([object], ["resourceVersion": version], of: resource)
    }

    /// A list, or a Table.
    func shown(
        _ objects: [JSONValue], _ metadata: JSONValue, of resource: Resource
    ) -> JSONValue {
        guard isTable else {
            return [
                "kind": .string(resource.kind + "List"), "apiVersion": .string(resource.apiVersion),
                "metadata": metadata, "items": .array(objects),
            ]
        }
        let now = WallTime.now
        let rows = objects.map { object -> JSONValue in
            let row: JSONValue = ["cells": .array(resource.columns.map { $0.cell(object, now) })]
            let shown: JSONValue =
                includeObject == "Object"
                ? object
                : [
                    "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                    "metadata": object["metadata"] ?? [:],
                ]
            return includeObject == "None" ? row : row.withDefaults(["object": shown])
        }
        return [
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
            "columnDefinitions": .array(withColumns ? resource.columns.map(\.definition) : []),
            "rows": .array(rows),
        ]
    }
}
