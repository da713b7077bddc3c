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
    private static let operationsMax = 10_000
    /// What `copy` may add in all, in bytes: doubling a document again and again stops here.
    private static let copiedBytesMax = 3 << 20

    private let operations: [JSONValue]
    private var copiedBytes = 0

    init(_ patch: JSONValue) throws(PatchError) {
        guard let operations = patch.array, operations.count <= Self.operationsMax else {
            throw PatchError(
                description: "a JSON patch is an array of at most \(Self.operationsMax) operations")
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
        case "add": try add(try value(of: operation), at: path, in: &document)
        case "remove": _ = try remove(at: path, in: &document)
        case "replace":
            if !path.isEmpty { _ = try remove(at: path, in: &document) }
            try add(try value(of: operation), at: path, in: &document)
        case "move":
            let moved = try remove(at: try pointer(operation, "from"), in: &document)
            try add(moved, at: path, in: &document)
        case "copy":
            let copied = try find(try pointer(operation, "from"), in: document)
            copiedBytes += copied.serialized.count
            guard copiedBytes <= Self.copiedBytesMax else {
                throw PatchError(
                    description: "the patch copies more than \(Self.copiedBytesMax) bytes")
            }
            try add(copied, at: path, in: &document)
        case "test":
            guard try find(path, in: document) == (try value(of: operation)) else {
                throw PatchError(
                    description: "testing value /\(path.joined(separator: "/")) failed")
            }
        default: throw PatchError(description: "unknown operation \"\(name)\"")
        }
    }

    private func value(of operation: JSONValue) throws(PatchError) -> JSONValue {
        guard let value = operation["value"] else {
            throw PatchError(description: "an operation without \"value\"")
        }
        return value
    }

    /// RFC 6901: `/a~1b/0` is `["a/b", "0"]`.
    private func pointer(
        _ operation: JSONValue, _ member: String
    ) throws(PatchError) -> ArraySlice<String> {
        guard let text = operation[member]?.string, text.isEmpty || text.hasPrefix("/") else {
            throw PatchError(description: "\"\(member)\" must be a JSON pointer")
        }
        return text.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
            String($0).replacing("~1", with: "/").replacing("~0", with: "~")
        }[...]
    }

    // MARK: Steps

    private func find(
        _ path: ArraySlice<String>, in document: JSONValue
    ) throws(PatchError) -> JSONValue {
        var found = document
        for token in path {
            if let items = found.array {
                found = items[try index(token, below: items.count)]
            } else if let member = found[token] {
                found = member
            } else {
                throw missing(path)
            }
        }
        return found
    }

    private func add(
        _ new: JSONValue, at path: ArraySlice<String>, in document: inout JSONValue
    ) throws(PatchError) {
        guard !path.isEmpty else { return document = new }
        try change(&document, at: path) { value, token throws(PatchError) in
            if case .array(var items) = value {
                let place = token == "-" ? items.count : try index(token, below: items.count + 1)
                value = .null
                items.insert(new, at: place)
                value = .array(items)
            } else {
                guard value.object != nil else { throw missing(path) }
                value[token] = new
            }
        }
    }

    private func remove(
        at path: ArraySlice<String>, in document: inout JSONValue
    ) throws(PatchError) -> JSONValue {
        try change(&document, at: path) { value, token throws(PatchError) in
            let removed = try find([token], in: value)
            if case .array(var items) = value {
                value = .null
                items.remove(at: try index(token, below: items.count))
                value = .array(items)
            } else {
                value[token] = nil
            }
            return removed
        }
    }

    /// Lets `step` change what the last token of a path is a part of.
    ///
    /// What changes is taken out of `value` meanwhile, so that nothing is copied.
    private func change<Outcome>(
        _ value: inout JSONValue, at path: ArraySlice<String>,
        _ step: (inout JSONValue, String) throws(PatchError) -> Outcome
    ) throws(PatchError) -> Outcome {
        guard let token = path.first else {
            throw PatchError(description: "the whole document cannot be removed")
        }
        let rest = path.dropFirst()
        if rest.isEmpty { return try step(&value, token) }
        if case .array(var items) = value {
            let place = try index(token, below: items.count)
            value = .null
            defer { value = .array(items) }
            return try change(&items[place], at: rest, step)
        }
        guard case .object(var members) = value, members[token] != nil else { throw missing(path) }
        value = .null
        defer { value = .object(members) }
        return try change(&members[token, default: .null], at: rest, step)
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
