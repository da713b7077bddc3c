/// What clients ask first: which version, groups, resources and parameters there are.
struct Discovery {
    /// Kubernetes' version that is imitated; the suffix tells daemons that this API is Herald's.
    static let gitVersion = "v1.32.0+herald"

    /// The document at `path`, or nil when there is none.
    static func document(_ path: [String]) -> JSONValue? {
        switch (path.first, path.count) {
        case ("version", 1): version
        case ("api", 1): ["kind": "APIVersions", "versions": ["v1"]]
        case ("apis", 1):
            ["kind": "APIGroupList", "apiVersion": "v1", "groups": .array(groups.map(group))]
        case ("apis", 2): groups.contains(path[1]) ? group(path[1], isDocument: true) : nil
        case ("api", 2) where path[1] == "v1": resources(of: "")
        case ("apis", 3) where groups.contains(path[1]) && path[2] == "v1": resources(of: path[1])
        case ("openapi", 2) where path[1] == "v3": openAPIRoot
        case ("openapi", 4...) where path[1] == "v3": openAPI(Array(path.dropFirst(2)))
        default: nil
        }
    }

    private static let version: JSONValue = [
        "major": "1", "minor": "32", "gitVersion": .string(gitVersion), "gitCommit": "",
        "gitTreeState": "clean", "buildDate": "2026-01-01T00:00:00Z", "goVersion": "none",
        "compiler": "swift", "platform": "linux",
    ]

    /// All groups but the core one, which has no name.
    private static let groups = Set(Resource.all.map(\.group)).subtracting([""]).sorted()

    private static func group(_ name: String) -> JSONValue { group(name, isDocument: false) }

    private static func group(_ name: String, isDocument: Bool) -> JSONValue {
        let version: JSONValue = ["groupVersion": .string("\(name)/v1"), "version": "v1"]
        var group: JSONValue = [
            "name": .string(name), "versions": [version], "preferredVersion": version,
        ]
        if isDocument {
            group["kind"] = "APIGroup"
            group["apiVersion"] = "v1"
        }
        return group
    }

    private static func resources(of group: String) -> JSONValue {
        var list: [JSONValue] = []
        for resource in Resource.all where resource.group == group {
            let verbs = ["create", "delete", "get", "list", "patch", "update", "watch"]
            list.append([
                "name": .string(resource.plural), "singularName": .string(resource.singular),
                "namespaced": .boolean(resource.isNamespaced), "kind": .string(resource.kind),
                "verbs": JSONValue(verbs), "shortNames": JSONValue(resource.shortNames),
                "categories": JSONValue(resource.categories),
            ])
            guard resource.hasStatus else { continue }
            list.append([
                "name": .string(resource.plural + "/status"), "singularName": "",
                "namespaced": .boolean(resource.isNamespaced), "kind": .string(resource.kind),
                "verbs": ["get", "patch", "update"],
            ])
        }
        let groupVersion = group.isEmpty ? "v1" : "\(group)/v1"
        return [
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .string(groupVersion),
            "resources": .array(list),
        ]
    }

    // MARK: OpenAPI

    private static let openAPIRoot: JSONValue = {
        let paths = ["api/v1"] + groups.map { "apis/\($0)/v1" }
        let entries = paths.map { path -> (String, JSONValue) in
            (path, ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(gitVersion)")])
        }
        return ["paths": .object(Dictionary(entries) { $1 })]
    }()

    /// Just enough for kubectl: each kind has a PATCH that takes `fieldValidation`, without which
    /// `kubectl apply` refuses to send anything.
    private static func openAPI(_ path: [String]) -> JSONValue? {
        let group: String
        switch path {
        case ["api", "v1"]: group = ""
        case ["apis", path.dropFirst().first ?? "", "v1"]: group = path[1]
        default: return nil
        }
        let served = Resource.all.filter { $0.group == group }
        guard !served.isEmpty else { return nil }
        let paths = served.map { resource -> (String, JSONValue) in
            let scope = resource.isNamespaced ? "/namespaces/{namespace}" : ""
            let url = "/\(path.joined(separator: "/"))\(scope)/\(resource.plural)/{name}"
            return (url, ["patch": patchOperation(resource)])
        }
        return [
            "openapi": "3.0.0",
            "info": ["title": "Herald's embedded API", "version": .string(gitVersion)],
            "paths": .object(Dictionary(paths) { $1 }), "components": ["schemas": [:]],
        ]
    }

    private static func patchOperation(_ resource: Resource) -> JSONValue {
        let parameters = ["dryRun", "fieldManager", "fieldValidation", "force"].map {
            name -> JSONValue in
            [
                "name": .string(name), "in": "query",
                "schema": ["type": name == "force" ? "boolean" : "string", "uniqueItems": true],
            ]
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
