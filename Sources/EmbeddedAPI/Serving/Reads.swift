import FoundationEssentials
import HTTPServing
import JSON

/// What a GET asks for beside the path: selectors, paging, and the form of the answer.
struct ReadOptions: Sendable {
    let labels: Selector
    let fields: Selector
    let resourceVersion: Int64?
    let isExact: Bool
    let limit: Int
    let continuation: ContinueToken?
    let isWatch: Bool
    let wantsBookmarks: Bool
    let timeout: Duration?
    let form: Form

    init(_ request: HTTPRequest, _ target: RequestTarget) throws {
        labels = try Selector(labels: request.queryValue("labelSelector") ?? "")
        fields = try Selector(
            fields: request.queryValue("fieldSelector") ?? "",
            selectable: target.resource.selectableFields)
        resourceVersion = try Self.number(request, "resourceVersion")
        isExact = request.queryValue("resourceVersionMatch") == "Exact"
        limit = Int(clamping: try Self.number(request, "limit") ?? 0)
        let token = request.queryValue("continue") ?? ""
        continuation = token.isEmpty ? nil : try ContinueToken(token)
        isWatch = Self.isTrue(request, "watch")
        wantsBookmarks = Self.isTrue(request, "allowWatchBookmarks")
        timeout = try Self.number(request, "timeoutSeconds").flatMap { $0 > 0 ? .seconds($0) : nil }
        form = try Form(
            accept: request.header("accept") ?? "*/*",
            includeObject: request.queryValue("includeObject"))
        guard !Self.isTrue(request, "sendInitialEvents") else {
            var causes = FieldCauses()
            causes.forbidden(
                "sendInitialEvents",
                "sendInitialEvents is not supported by Herald's embedded API: list, then watch")
            throw APIError.invalid(target.resource, "", causes)
        }
    }

    private static func isTrue(_ request: HTTPRequest, _ name: String) -> Bool {
        ["true", "1"].contains(request.queryValue(name))
    }

    private static func number(_ request: HTTPRequest, _ name: String) throws -> Int64? {
        guard let text = request.queryValue(name), !text.isEmpty else { return nil }
        guard let number = Int64(text), number >= 0 else {
            throw APIError.badRequest(
                "\(name): Invalid value: \"\(text)\": a whole number is wanted")
        }
        return number
    }

    var isUnfiltered: Bool { labels.requirements.isEmpty && fields.requirements.isEmpty }

    func matches(_ object: JSONValue, _ target: RequestTarget) -> Bool {
        let metadata = object["metadata"]
        let isMeant =
            [nil, metadata?["namespace"]?.string].contains(target.namespace)
            && [nil, metadata?["name"]?.string].contains(target.name)
        return isMeant && labels.matches { metadata?["labels", $0]?.string }
            && fields.matches { object.fieldText($0) }
    }
}

extension JSONValue {
    /// What field selectors see at `a.b`: a field that is not there is empty.
    func fieldText(_ path: String) -> String {
        switch value(at: path.split(separator: ".").map(String.init)) {
        case .string(let text)?: text
        case true?: "true"
        default: ""
        }
    }
}

/// Where a list goes on: the version that all its pages show, and the last object given.
struct ContinueToken: Sendable {
    let version: Int64
    let last: ObjectKey
}

extension ContinueToken {
    init(_ text: String) throws {
        let parts = String(decoding: Data(base64Encoded: text) ?? Data(), as: UTF8.self)
            .split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let version = Int64(parts[0]) else {
            throw APIError.badRequest("continue key is not valid")
        }
        self.init(version: version, last: ObjectKey(namespace: parts[1], name: parts[2]))
    }

    /// Base64; the letters of names never give one of its two that mean something in a URL.
    var text: String {
        Data("\(version)/\(last.namespace)/\(last.name)".utf8).base64EncodedString()
    }
}

/// Answers to GET.
struct Reads: Sendable {
    let store: ObjectStore
    let target: RequestTarget
    let options: ReadOptions

    func get(_ name: String) async throws -> JSONValue {
        let objects = await store.objects
        guard let object = objects.object(target.resource.qualifiedName, target.key(name)) else {
            throw APIError.notFound(target.resource, name)
        }
        return options.form.shown(object, of: target.resource)
    }

    func list() async throws -> JSONValue {
        let objects = await store.objects
        if let asked = options.resourceVersion, asked > objects.version {
            throw APIError(
                504,
                "Timeout: Too large resource version: \(asked), current: \(objects.version)",
                details: [
                    "causes": [["reason": "ResourceVersionTooLarge"]], "retryAfterSeconds": 1,
                ])
        }
        let exact = options.isExact ? options.resourceVersion : nil
        let version = options.continuation?.version ?? exact ?? objects.version
        var found = try objects.list(target.resource.qualifiedName, at: version)
            .filter { options.matches($0.value, target) }
        if let last = options.continuation?.last { found.removeAll { $0.key <= last } }
        var metadata: JSONValue = ["resourceVersion": .string("\(version)")]
        let left = found.count - options.limit
        if options.limit > 0, left > 0 {
            found.removeLast(left)
            metadata["continue"] = found.last.map {
                .string(ContinueToken(version: version, last: $0.key).text)
            }
            if options.isUnfiltered { metadata["remainingItemCount"] = JSONValue(left) }
        }
        return options.form.shown(found.map(\.value), metadata, of: target.resource)
    }
}
