/// A patch that cannot be applied to this object: what is wrong with which part of it.
struct PatchError: Error {
    let description: String
}

/// RFC 7386: objects are merged, null removes, anything else replaces.
func mergePatched(_ original: JSONValue?, with patch: JSONValue) -> JSONValue {
    guard let members = patch.object else { return patch }
    var merged = original?.object ?? [:]
    for (key, value) in members {
        merged[key] = value == .null ? nil : mergePatched(merged[key], with: value)
    }
    return .object(merged)
}

/// RFC 6902: a list of operations on JSON pointers, all or nothing.
struct JSONPatch {
    /// Operations in one patch; the real server's limit.
    static let operationsMax = 10_000
    /// What `copy` may add in all, in bytes: doubling a document again and again stops here.
    static let copiedBytesMax = 3 << 20

    private let operations: [JSONValue]
    private var copiedBytes = 0

    init(_ patch: JSONValue) throws(PatchError) {
        guard let operations = patch.array else {
            throw PatchError(description: "a JSON patch is an array of operations")
        }
        guard operations.count <= Self.operationsMax else {
            throw PatchError(
                description: "The allowed maximum operations in a JSON patch is "
                    + "\(Self.operationsMax), got \(operations.count)")
        }
        self.operations = operations
    }

    mutating func applied(to original: JSONValue) throws(PatchError) -> JSONValue {
        var document = original
        for operation in operations { try apply(operation, to: &document) }
        return document
    }

    private mutating func apply(
        _ operation: JSONValue, to document: inout JSONValue
    ) throws(PatchError) {
        let name = operation["op"]?.string ?? ""
        let path = try pointer(operation, "path")
        switch name {
        case "add": try add(try wanted(operation), at: path[...], in: &document)
        case "remove": _ = try remove(at: path[...], in: &document)
        case "replace":
            guard !path.isEmpty else { return document = try wanted(operation) }
            _ = try find(path[...], in: document)
            _ = try remove(at: path[...], in: &document)
            try add(try wanted(operation), at: path[...], in: &document)
        case "move":
            let moved = try remove(at: try pointer(operation, "from")[...], in: &document)
            try add(moved, at: path[...], in: &document)
        case "copy":
            let copied = try find(try pointer(operation, "from")[...], in: document)
            copiedBytes += copied.serialized.count
            guard copiedBytes <= Self.copiedBytesMax else {
                throw PatchError(
                    description: "the patch copies more than \(Self.copiedBytesMax) bytes")
            }
            try add(copied, at: path[...], in: &document)
        case "test":
            guard try find(path[...], in: document) == (try wanted(operation)) else {
                throw PatchError(
                    description: "testing value \(operation["path"]?.string ?? "") failed")
            }
        default: throw PatchError(description: "unknown operation \"\(name)\"")
        }
    }

    private func wanted(_ operation: JSONValue) throws(PatchError) -> JSONValue {
        guard let value = operation["value"] else {
            throw PatchError(description: "an operation without \"value\"")
        }
        return value
    }

    /// RFC 6901: `/a~1b/0` is `["a/b", "0"]`.
    private func pointer(
        _ operation: JSONValue, _ member: String
    ) throws(PatchError) -> [String] {
        guard let text = operation[member]?.string, text.isEmpty || text.utf8.first == 0x2F else {
            throw PatchError(description: "\"\(member)\" must be a JSON pointer")
        }
        return text.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
            Self.unescaped($0)
        }
    }

    private static func unescaped(_ token: Substring) -> String {
        let parts = token.split(separator: "~1", omittingEmptySubsequences: false)
        return parts.map {
            $0.split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~")
        }.joined(separator: "/")
    }

    private func find(
        _ path: ArraySlice<String>, in value: JSONValue
    ) throws(PatchError) -> JSONValue {
        var found = value
        for token in path {
            switch found {
            case .array(let items): found = items[try index(token, below: items.count)]
            default:
                guard let member = found[token] else { throw missing(path) }
                found = member
            }
        }
        return found
    }

    private func add(
        _ new: JSONValue, at path: ArraySlice<String>, in value: inout JSONValue
    ) throws(PatchError) {
        guard let token = path.first else { return value = new }
        let rest = path.dropFirst()
        switch value {
        case .array(var items):
            value = .null
            if rest.isEmpty {
                let position =
                    token == "-" ? items.count : try index(token, below: items.count + 1)
                items.insert(new, at: position)
            } else {
                try add(new, at: rest, in: &items[try index(token, below: items.count)])
            }
            value = .array(items)
        case .object(var members):
            value = .null
            if rest.isEmpty {
                members[token] = new
            } else {
                guard var member = members[token] else { throw missing(path) }
                try add(new, at: rest, in: &member)
                members[token] = member
            }
            value = .object(members)
        case .null, .boolean, .number, .string: throw missing(path)
        }
    }

    private func remove(
        at path: ArraySlice<String>, in value: inout JSONValue
    ) throws(PatchError) -> JSONValue {
        guard let token = path.first else {
            throw PatchError(description: "the whole document cannot be removed")
        }
        let rest = path.dropFirst()
        switch value {
        case .array(var items):
            let position = try index(token, below: items.count)
            let removed =
                rest.isEmpty
                ? items.remove(at: position) : try remove(at: rest, in: &items[position])
            value = .array(items)
            return removed
        case .object(var members):
            guard var member = members[token] else { throw missing(path) }
            let removed = rest.isEmpty ? member : try remove(at: rest, in: &member)
            members[token] = rest.isEmpty ? nil : member
            value = .object(members)
            return removed
        case .null, .boolean, .number, .string: throw missing(path)
        }
    }

    private func index(_ token: String, below count: Int) throws(PatchError) -> Int {
        guard let index = Int(token), "\(index)" == token, (0..<count).contains(index) else {
            throw PatchError(description: "\"\(token)\" is not an index of an array of \(count)")
        }
        return index
    }

    private func missing(_ path: ArraySlice<String>) -> PatchError {
        PatchError(description: "nothing is at /\(path.joined(separator: "/"))")
    }
}
