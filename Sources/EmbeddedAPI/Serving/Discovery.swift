import JSON

/// What clients ask first: which version, groups, resources and parameters there are.
enum Discovery {
    /// Kubernetes' version that is imitated; the suffix tells daemons that this API is Herald's.
    static let gitVersion = "v1.32.0+herald"

    /// All documents, by the segments of their paths.
    static let documents: [[String]: JSONValue] = {
        let served = Dictionary(grouping: Resource.all, by: \.group).sorted { $0.key < $1.key }
        let named = served.map(\.key).filter { !$0.isEmpty }
        var documents: [[String]: JSONValue] = [
            ["version"]: version, ["api"]: ["kind": "APIVersions", "versions": ["v1"]],
            ["apis"]: [
                "kind": "APIGroupList", "apiVersion": "v1", "groups": .array(named.map(group)),
            ],
        ]
        for name in named {
            documents[["apis", name]] = group(name)
                .withDefaults(["kind": "APIGroup", "apiVersion": "v1"])
        }
        var openAPIPaths: [String: JSONValue] = [:]
        for (group, kinds) in served {
            let root = (group.isEmpty ? ["api"] : ["apis", group]) + ["v1"]
            let path = root.joined(separator: "/")
            documents[root] = [
                "kind": "APIResourceList", "apiVersion": "v1",
                "groupVersion": .string(group.isEmpty ? "v1" : "\(group)/v1"),
                "resources": .array(kinds.flatMap(entries)),
            ]
            documents[["openapi", "v3"] + root] = openAPI(of: kinds, path)
            openAPIPaths[path] = [
                "serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(gitVersion)")
            ]
        }
        documents[["openapi", "v3"]] = ["paths": .object(openAPIPaths)]
        return documents
    }()

    private static let version: JSONValue = [
        "major": "1", "minor": "32", "gitVersion": .string(gitVersion), "gitCommit": "",
        "gitTreeState": "clean", "buildDate": "2026-01-01T00:00:00Z", "goVersion": "none",
        "compiler": "swift", "platform": "linux",
    ]

    private static func group(_ name: String) -> JSONValue {
        let version: JSONValue = ["groupVersion": .string("\(name)/v1"), "version": "v1"]
        return ["name": .string(name), "versions": [version], "preferredVersion": version]
    }

    /// A kind's entries in its group's resource list: its objects, and their status.
    private static func entries(_ resource: Resource) -> [JSONValue] {
        let common: [String: JSONValue] = [
            "namespaced": .boolean(resource.isNamespaced), "kind": .string(resource.kind),
        ]
        let objects: JSONValue = [
            "name": .string(resource.plural), "singularName": .string(resource.singular),
            "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"],
            "shortNames": JSONValue(resource.shortNames),
            "categories": JSONValue(resource.categories),
        ]
        let status: JSONValue = [
            "name": .string(resource.plural + "/status"), "singularName": "",
            "verbs": ["get", "patch", "update"],
        ]
        return (resource.hasStatus ? [objects, status] : [objects]).map { $0.withDefaults(common) }
    }

    /// Just enough for kubectl: each kind has a PATCH that takes `fieldValidation`, without which
    /// `kubectl apply` refuses to send anything.
    private static func openAPI(of kinds: [Resource], _ root: String) -> JSONValue {
        let paths = kinds.map { resource -> (String, JSONValue) in
            let scope = resource.isNamespaced ? "/namespaces/{namespace}" : ""
            return ("/\(root)\(scope)/\(resource.plural)/{name}", ["patch": patch(resource)])
        }
        return [
            "openapi": "3.0.0",
            "info": ["title": "Herald's embedded API", "version": .string(gitVersion)],
            "paths": .object(Dictionary(paths) { $1 }), "components": ["schemas": [:]],
        ]
    }

    private static func patch(_ resource: Resource) -> JSONValue {
        let parameters = ["dryRun", "fieldManager", "fieldValidation"].map { name -> JSONValue in
            ["name": .string(name), "in": "query", "schema": ["type": "string"]]
        }
        return [
            "operationId": .string("patch\(resource.kind)"), "parameters": .array(parameters),
            "responses": ["200": ["description": "OK"]], "x-kubernetes-action": "patch",
            "x-kubernetes-group-version-kind": [
                "group": .string(resource.group), "version": "v1", "kind": .string(resource.kind),
            ],
        ]
    }
}
