import HTTPServing
import JSON
import Naming

/// Which objects a GET asks for, and in which form.
struct Selection: Sendable {
    let target: RequestTarget
    let form: Form
    private let labels: LabelSelector
    private let fields: FieldSelector

    init(_ request: HTTPRequest) throws {
        target = try RequestTarget(request.path)
        form = try Form(request)
        fields = try FieldSelector(
            request.queryValue("fieldSelector") ?? "",
            selectable: target.resource.selectableFields)
        do {
            labels = try LabelSelector(request.queryValue("labelSelector") ?? "")
        } catch {
            throw APIError.badRequest(error.description)
        }
    }

    var resource: Resource { target.resource }
    var isUnfiltered: Bool { labels == LabelSelector() && fields.isEmpty }

    func matches(_ object: JSONValue) -> Bool {
        let metadata = object["metadata"]
        return [nil, metadata?["namespace"]?.string].contains(target.namespace)
            && [nil, metadata?["name"]?.string].contains(target.name)
            && labels.matches { metadata?["labels", $0]?.string }
            && fields.matches(object)
    }
}

/// Where a list goes on: the version that all its pages show, and the last object given.
struct ContinueToken: Sendable {
    let version: Int64
    let last: ObjectKey

    /// The letters of names mean nothing in a URL's query.
    var text: String { "\(version)/\(last.namespace)/\(last.name)" }
}

extension ContinueToken {
    init(_ text: String) throws {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let version = Int64(parts[0]) else {
            throw APIError.badRequest("continue key is not valid")
        }
        self.init(version: version, last: ObjectKey(namespace: parts[1], name: parts[2]))
    }
}

/// Answers to GET.
struct Reads {
    let objects: Objects
    let selection: Selection

    private var resource: Resource { selection.resource }

    func get(_ name: String) throws -> JSONValue {
        let key = selection.target.key(name)
        guard let object = objects.object(resource.qualifiedName, key) else {
            throw APIError.notFound(resource, name)
        }
        return selection.form.shown(object, of: resource)
    }

    /// One page, of all objects that are selected unless the request says how many.
    func list(_ request: HTTPRequest) throws -> JSONValue {
        let asked = try request.number("resourceVersion")
        let limit = Int(clamping: try request.number("limit") ?? 0)
        if let asked, asked > objects.version {
            throw APIError(
                504, "Timeout: Too large resource version: \(asked), current: \(objects.version)",
                details: [
                    "causes": [["reason": "ResourceVersionTooLarge"]], "retryAfterSeconds": 1,
                ])
        }
        let token = request.queryValue("continue") ?? ""
        let continuation = token.isEmpty ? nil : try ContinueToken(token)
        let exact = request.queryValue("resourceVersionMatch") == "Exact" ? asked : nil
        let version = continuation?.version ?? exact ?? objects.version
        var found = try objects.list(resource.qualifiedName, at: version)
            .filter { selection.matches($0.value) }
        if let last = continuation?.last { found.removeAll { $0.key <= last } }
        var metadata: JSONValue = ["resourceVersion": .string("\(version)")]
        let left = found.count - limit
        if limit > 0, left > 0 {
            found.removeLast(left)
            metadata["continue"] = found.last.map {
                .string(ContinueToken(version: version, last: $0.key).text)
            }
            if selection.isUnfiltered { metadata["remainingItemCount"] = JSONValue(left) }
        }
        return selection.form.shown(found.map(\.value), metadata, of: resource)
    }
}
