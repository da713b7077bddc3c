import JSON

/// What clients ask first: which version, groups, resources and parameters there are.
enum Discovery {
    /// Kubernetes' version that is imitated; the suffix tells daemons that this API is Herald's.
    static let gitVersion = "v1.32.0+herald"

    /// All groups but the core one, which has no name.
    private static let groups = Set(Resource.all.map(\.group)).subtracting([""]).sorted()

    /// The document at `path`, or nil when there is none.
    static func document(_ path: [String]) -> JSONValue? {
        switch path {
        case ["version"]: version
        case ["api"]: ["kind": "APIVersions", "versions": ["v1"]]
        case ["apis"]:
            ["kind": "APIGroupList", "apiVersion": "v1", "groups": .array(groups.map(group))]
        case ["openapi", "v3"]: openAPIRoot
        default: groupDocument(path)
        }
    }

    /// The documents of one group: `/apis/GROUP`, its resources, and their OpenAPI.
    private static func groupDocument(_ path: [String]) -> JSONValue? {
        for group in [""] + groups {
            let root = group.isEmpty ? ["api"] : ["apis", group]
            switch path {
            case root where !group.isEmpty:
                return self.group(group).withDefaults(["kind": "APIGroup", "apiVersion": "v1"])
            case root + ["v1"]: return resources(of: group)
            case ["openapi", "v3"] + root + ["v1"]: return openAPI(of: group, root)
            default: continue
            }
        }
        return nil
    }

    private static let version: JSONValue = [
        "major": "1", "minor": "32", "gitVersion": .string(gitVersion), "gitCommit": "",
        "gitTreeState": "clean", "buildDate": "2026-01-01T00:00:00Z", "goVersion": "none",
        "compiler": "swift", "platform": "linux",
    ]

    private static func group(_ name: String) -> JSONValue {
        let version: JSONValue = ["groupVersion": .string("\(name)/v1"), "version": "v1"]
        return ["name": .string(name), "versions": [version], "preferredVersion": version]
    }

    private static func resources(of group: String) -> JSONValue {
        let verbs = ["create", "delete", "get", "list", "patch", "update", "watch"]
        let list = Resource.all.filter { $0.group == group }.flatMap { resource -> [JSONValue] in
            let object: JSONValue = [
                "name": .string(resource.plural), "singularName": .string(resource.singular),
                "namespaced": .boolean(resource.isNamespaced), "kind": .string(resource.kind),
                "verbs": JSONValue(verbs), "shortNames": JSONValue(resource.shortNames),
                "categories": JSONValue(resource.categories),
            ]
            let status: JSONValue = [
                "name": .string(resource.plural + "/status"), "singularName": "",
                "namespaced": .boolean(resource.isNamespaced), "kind": .string(resource.kind),
                "verbs": ["get", "patch", "update"],
            ]
            return resource.hasStatus ? [object, status] : [object]
        }
        return [
            "kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": .string(group.isEmpty ? "v1" : "\(group)/v1"),
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
    private static func openAPI(of group: String, _ root: [String]) -> JSONValue {
        let served = Resource.all.filter { $0.group == group }
        let paths = served.map { resource -> (String, JSONValue) in
            let scope = resource.isNamespaced ? "/namespaces/{namespace}" : ""
            let url = "/\(root.joined(separator: "/"))/v1\(scope)/\(resource.plural)/{name}"
            return (url, ["patch": patchOperation(resource)])
        }
        return [
            "openapi": "3.0.0",
            "info": ["title": "Herald's embedded API", "version": .string(gitVersion)],
            "paths": .object(Dictionary(paths) { $1 }), "components": ["schemas": [:]],
        ]
    }

    private static func patchOperation(_ resource: Resource) -> JSONValue {
        let names = ["dryRun", "fieldManager", "fieldValidation"]
        let parameters = names.map { name -> JSONValue in
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
