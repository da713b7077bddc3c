/// RFC 6902: a list of operations on JSON pointers, all or nothing.
package struct JSONPatch {
    /// Operations in one patch.
    package static let operationsMax = 10_000
    /// What `copy` may add in all, in bytes: doubling a document again and again stops here.
    package static let copiedBytesMax = 3 << 20

    private typealias Path = ArraySlice<String>

    private let operations: [JSONValue]
    private var copiedBytes = 0

    /// Throws when `patch` is no array, or one of too many operations.
    package init(_ patch: JSONValue) throws(JSONPatchError) {
        guard let operations = patch.array, operations.count <= Self.operationsMax else {
            throw JSONPatchError(
                description: "a JSON patch is an array of at most \(Self.operationsMax) operations")
        }
        self.operations = operations
    }

    /// What the operations make of a document. Throws at the first one that cannot be done.
    package func applied(to original: JSONValue) throws(JSONPatchError) -> JSONValue {
        var (patch, document) = (self, original)
        for operation in operations { try patch.apply(operation, to: &document) }
        return document
    }

    private mutating func apply(
        _ operation: JSONValue, to document: inout JSONValue
    ) throws(JSONPatchError) {
        let path = try pointer(operation, "path")
        switch operation["op"]?.string {
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
                throw JSONPatchError(
                    description: "the patch copies more than \(Self.copiedBytesMax) bytes")
            }
            try add(copied, at: path, in: &document)
        case "test":
            guard try find(path, in: document) == value(of: operation) else {
                throw JSONPatchError(
                    description: "testing value /\(path.joined(separator: "/")) failed")
            }
        case let name: throw JSONPatchError(description: "unknown operation \"\(name ?? "")\"")
        }
    }

    private func value(of operation: JSONValue) throws(JSONPatchError) -> JSONValue {
        guard let value = operation["value"] else {
            throw JSONPatchError(description: "an operation without \"value\"")
        }
        return value
    }

    /// RFC 6901: `/a~1b/0` is `["a/b", "0"]`.
    private func pointer(
        _ operation: JSONValue, _ member: String
    ) throws(JSONPatchError) -> Path {
        guard let text = operation[member]?.string, text.isEmpty || text.hasPrefix("/") else {
            throw JSONPatchError(description: "\"\(member)\" must be a JSON pointer")
        }
        let tokens = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        return tokens.map {
            String($0).replacing("~1", with: "/").replacing("~0", with: "~")
        }[...]
    }

    // MARK: Steps

    private func find(_ path: Path, in document: JSONValue) throws(JSONPatchError) -> JSONValue {
        var found = document
        for token in path {
            if let items = found.array {
                found = items[try index(token, below: items.count)]
            } else {
                guard let member = found[token] else { throw missing(path) }
                found = member
            }
        }
        return found
    }

    private func add(
        _ new: JSONValue, at path: Path, in document: inout JSONValue
    ) throws(JSONPatchError) {
        guard let token = path.last else { return document = new }
        try change(path.dropLast(), in: &document) { container throws(JSONPatchError) in
            switch container {
            case .array(var items):
                container = .null
                let end = items.count
                items.insert(new, at: token == "-" ? end : try index(token, below: end + 1))
                container = .array(items)
            case .object: container[token] = new
            case .null, .boolean, .number, .string: throw missing(path)
            }
        }
    }

    private func remove(
        at path: Path, in document: inout JSONValue
    ) throws(JSONPatchError) -> JSONValue {
        guard let token = path.last else {
            throw JSONPatchError(description: "the whole document cannot be removed")
        }
        let removed = try find(path, in: document)
        try change(path.dropLast(), in: &document) { container throws(JSONPatchError) in
            if case .array(var items) = container {
                container = .null
                items.remove(at: try index(token, below: items.count))
                container = .array(items)
            } else {
                container[token] = nil
            }
        }
        return removed
    }

    /// Lets `step` change what lies at a path, which is taken out meanwhile so that it is not copied.
    private func change(
        _ path: Path, in value: inout JSONValue,
        _ step: (inout JSONValue) throws(JSONPatchError) -> Void
    ) throws(JSONPatchError) {
        guard let token = path.first else { return try step(&value) }
        if case .array(var items) = value {
            value = .null
            try change(path.dropFirst(), in: &items[try index(token, below: items.count)], step)
            value = .array(items)
        } else {
            guard var inner = value[token] else { throw missing(path) }
            value[token] = .null
            try change(path.dropFirst(), in: &inner, step)
            value[token] = inner
        }
    }

    private func index(_ token: String, below count: Int) throws(JSONPatchError) -> Int {
        guard let index = Int(token), "\(index)" == token, (0..<count).contains(index) else {
            throw JSONPatchError(
                description: "\"\(token)\" is not an index of an array of \(count)")
        }
        return index
    }

    private func missing(_ path: Path) -> JSONPatchError {
        JSONPatchError(description: "nothing is at /\(path.joined(separator: "/"))")
    }
}

/// A patch that is none, or cannot be done; says which operation failed on what.
package struct JSONPatchError: Error, Hashable, CustomStringConvertible {
    package let description: String
}
