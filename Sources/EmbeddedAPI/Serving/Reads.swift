import HTTPServing

/// What a GET asks for beside the path: selectors, paging, and the form of the answer.
struct ReadOptions: Sendable {
    /// How objects are to be shown (the `as` of the Accept header).
    enum Form: Sendable {
        case objects
        case table(includeObject: String)
    }

    let labels: LabelSelector
    let fields: FieldSelector
    let resourceVersion: Int64?
    let versionMatch: String?
    let limit: Int
    let continuation: ContinueToken?
    let isWatch: Bool
    let wantsBookmarks: Bool
    let timeout: Duration?
    let form: Form

    init(_ request: HTTPRequest, _ target: RequestTarget) throws(APIError) {
        labels = try LabelSelector(request.queryValue("labelSelector") ?? "")
        fields = try FieldSelector(
            request.queryValue("fieldSelector") ?? "",
            selectable: target.resource.selectableFields)
        resourceVersion = try Self.number(request, "resourceVersion")
        versionMatch = request.queryValue("resourceVersionMatch")
        limit = Int(clamping: try Self.number(request, "limit") ?? 0)
        continuation = try request.queryValue("continue").flatMap { text throws(APIError) in
            text.isEmpty ? nil : try ContinueToken(text)
        }
        isWatch = Self.isTrue(request.queryValue("watch"))
        wantsBookmarks = Self.isTrue(request.queryValue("allowWatchBookmarks"))
        let seconds = try Self.number(request, "timeoutSeconds") ?? 0
        timeout = seconds > 0 ? .seconds(seconds) : nil
        form = try Self.form(request)
        guard !Self.isTrue(request.queryValue("sendInitialEvents")) else {
            throw .invalid(
                kind: "ListOptions", group: "meta.k8s.io", name: "",
                [
                    FieldCause(
                        reason: "FieldValueForbidden",
                        message: "Forbidden: sendInitialEvents is not supported by Herald's "
                            + "embedded API: list, then watch",
                        field: "sendInitialEvents")
                ])
        }
    }

    private static func isTrue(_ text: String?) -> Bool { text == "true" || text == "1" }

    private static func number(_ request: HTTPRequest, _ name: String) throws(APIError) -> Int64? {
        guard let text = request.queryValue(name), !text.isEmpty else { return nil }
        guard let number = Int64(text), number >= 0 else {
            throw .badRequest("\(name): Invalid value: \"\(text)\": a whole number is wanted")
        }
        return number
    }

    /// The first media type of the Accept header that can be given.
    private static func form(_ request: HTTPRequest) throws(APIError) -> Form {
        let accept = request.header("accept") ?? "*/*"
        for alternative in accept.split(separator: ",") {
            let parts = alternative.split(separator: ";").map { String(trimmed($0)) }
            guard ["application/json", "*/*", "application/*"].contains(parts.first ?? "") else {
                continue
            }
            switch parts.first(where: { $0.hasPrefix("as=") }) {
            case nil: return .objects
            case "as=Table" where parts.contains("v=v1"):
                return .table(includeObject: request.queryValue("includeObject") ?? "Metadata")
            default: continue
            }
        }
        throw APIError(
            code: 406, reason: "NotAcceptable",
            message: "only the following media types are accepted: application/json")
    }

    func matches(_ object: JSONValue, _ target: RequestTarget) -> Bool {
        let metadata = object["metadata"]
        if let namespace = target.namespace, metadata?["namespace"]?.string != namespace {
            return false
        }
        if let name = target.name, metadata?["name"]?.string != name { return false }
        return labels.matches(metadata?["labels"]?.object ?? [:]) && fields.matches(object)
    }
}

/// Where a list goes on: the version that all its pages show, and the last object given.
struct ContinueToken: Sendable {
    let version: Int64
    let last: ObjectKey

    init(version: Int64, last: ObjectKey) {
        self.version = version
        self.last = last
    }

    init(_ text: String) throws(APIError) {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        let parts = base64Decoded(plain).flatMap { String(validating: $0, as: UTF8.self) }?
            .split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let parts, parts.count == 3, let version = Int64(parts[0]) else {
            throw .badRequest("continue key is not valid")
        }
        self.init(version: version, last: ObjectKey(namespace: parts[1], name: parts[2]))
    }

    /// Base64 in the alphabet of URLs (RFC 4648 §5).
    var text: String {
        base64Encoded(Array("\(version)/\(last.namespace)/\(last.name)".utf8))
            .replacing("+", with: "-").replacing("/", with: "_")
    }
}

/// Answers to GET.
struct Reads: Sendable {
    let store: ObjectStore

    func get(_ target: RequestTarget, _ name: String, _ options: ReadOptions) async throws
        -> JSONValue
    {
        let key = target.key(name)
        guard let object = await store.object(target.resource.qualifiedName, key) else {
            throw APIError.notFound(target.resource, name)
        }
        guard case .table(let includeObject) = options.form else { return object }
        let version = object["metadata", "resourceVersion"] ?? ""
        return table(
            [object], of: target.resource, metadata: ["resourceVersion": version],
            withColumns: true, includeObject: includeObject, now: .now)
    }

    func list(_ target: RequestTarget, _ options: ReadOptions) async throws -> JSONValue {
        let current = await store.version
        if let asked = options.resourceVersion, asked > current {
            throw APIError(
                code: 504, reason: "Timeout",
                message: "Too large resource version: \(asked), current: \(current)",
                details: [
                    "causes": [
                        [
                            "reason": "ResourceVersionTooLarge",
                            "message": "Too large resource version",
                        ]
                    ], "retryAfterSeconds": 1,
                ])
        }
        let isExact = options.versionMatch == "Exact"
        let version =
            options.continuation?.version ?? (isExact ? options.resourceVersion : nil) ?? current
        let objects = try await store.objects(target.resource.qualifiedName, at: version)
        var found = objects.filter { options.matches($0.value, target) }
        if let last = options.continuation?.last { found.removeAll { $0.key <= last } }
        var metadata: JSONValue = ["resourceVersion": .string("\(version)")]
        if options.limit > 0, found.count > options.limit {
            let left = found.count - options.limit
            found.removeLast(left)
            metadata["continue"] = found.last.map {
                .string(ContinueToken(version: version, last: $0.key).text)
            }
            if options.labels.requirements.isEmpty, options.fields.requirements.isEmpty {
                metadata["remainingItemCount"] = JSONValue(left)
            }
        }
        return rendered(found.map(\.value), target.resource, metadata, options)
    }

    private func rendered(
        _ objects: [JSONValue], _ resource: Resource, _ metadata: JSONValue,
        _ options: ReadOptions
    ) -> JSONValue {
        switch options.form {
        case .table(let includeObject):
            table(
                objects, of: resource, metadata: metadata, withColumns: true,
                includeObject: includeObject, now: .now)
        case .objects:
            [
                "kind": .string(resource.kind + "List"), "apiVersion": .string(resource.apiVersion),
                "metadata": metadata, "items": .array(objects),
            ]
        }
    }
}
