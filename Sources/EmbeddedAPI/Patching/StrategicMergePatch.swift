/// Kubernetes' strategic merge patch: a merge patch that knows how a kind's lists are merged, and
/// has directives (`$patch`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`, `$retainKeys`).
struct StrategicMergePatch {
    /// Merges one object; `schema` is that object's own.
    static func merged(
        _ original: JSONValue, with patch: JSONValue, _ schema: Schema
    ) throws(PatchError) -> JSONValue {
        guard let changes = patch.object else {
            throw PatchError(description: "a strategic merge patch is an object")
        }
        return .object(try merge(original.object ?? [:], changes, schema))
    }

    private static func merge(
        _ original: [String: JSONValue], _ patch: [String: JSONValue], _ schema: Schema
    ) throws(PatchError) -> [String: JSONValue] {
        var patch = patch
        var merged = original
        if let directive = patch.removeValue(forKey: "$patch") {
            switch directive.string {
            case "replace": return withoutDirectives(patch)
            case "delete": return [:]
            case "merge": break
            default: throw PatchError(description: "unknown $patch directive \(directive)")
            }
        }
        if let kept = patch.removeValue(forKey: "$retainKeys") {
            try retain(kept, in: &merged, patch)
        }
        for (key, value) in patch where !key.hasPrefix("$") {
            merged[key] = try merge(merged[key], value, schema.field(key))
        }
        arrangeLists(in: &merged, patch, original, schema)
        return merged
    }

    /// One member; nil: it goes.
    private static func merge(
        _ old: JSONValue?, _ new: JSONValue, _ schema: Schema
    ) throws(PatchError) -> JSONValue? {
        switch new {
        case .null: return nil
        case .object(let changes):
            if changes == ["$patch": "delete"] { return nil }
            return .object(try merge(old?.object ?? [:], changes, schema))
        case .array(let changes):
            let server = old?.array ?? []
            let items = try mergeList(server, changes, schema)
            return .array(schema.isMerged ? ordered(items, changes, server, schema) : items)
        case .boolean, .number, .string: return new
        }
    }

    /// The directives that stand beside a list.
    private static func arrangeLists(
        in merged: inout [String: JSONValue], _ patch: [String: JSONValue],
        _ original: [String: JSONValue], _ schema: Schema
    ) {
        for (key, value) in patch where key.hasPrefix("$deleteFromPrimitiveList/") {
            let field = String(key.dropFirst("$deleteFromPrimitiveList/".count))
            guard let gone = value.array, let items = merged[field]?.array else { continue }
            merged[field] = .array(items.filter { !gone.contains($0) })
        }
        for (key, value) in patch where key.hasPrefix("$setElementOrder/") {
            let field = String(key.dropFirst("$setElementOrder/".count))
            guard let order = value.array, let items = merged[field]?.array else { continue }
            merged[field] = .array(
                ordered(items, order, original[field]?.array ?? [], schema.field(field)))
        }
    }

    private static func retain(
        _ kept: JSONValue, in merged: inout [String: JSONValue], _ patch: [String: JSONValue]
    ) throws(PatchError) {
        guard let keys = kept.strings else {
            throw PatchError(description: "$retainKeys is a list of keys")
        }
        for key in patch.keys where !key.hasPrefix("$") && !keys.contains(key) {
            throw PatchError(description: "\(key) is patched but not in $retainKeys")
        }
        merged = merged.filter { keys.contains($0.key) }
    }

    private static func mergeList(
        _ original: [JSONValue], _ patch: [JSONValue], _ schema: Schema
    ) throws(PatchError) -> [JSONValue] {
        guard case .list(let element, let strategy) = schema else { return patch }
        switch strategy {
        case .atomic: return patch
        case .primitives:
            return patch.reduce(into: original) { if !$0.contains($1) { $0.append($1) } }
        case .byKey(let mergeKey):
            return try mergeList(original, patch, element, mergeKey)
        }
    }

    private static func mergeList(
        _ original: [JSONValue], _ patch: [JSONValue], _ element: Schema, _ mergeKey: String
    ) throws(PatchError) -> [JSONValue] {
        let isReplaced = patch.contains { $0["$patch"] == "replace" }
        var merged = isReplaced ? [] : original
        for item in patch {
            guard let changes = item.object else {
                throw PatchError(description: "an element of a merged list is no object: \(item)")
            }
            if changes["$patch"] == "replace" { continue }
            guard let key = changes[mergeKey] else {
                throw PatchError(
                    description: "an element does not contain declared merge key: \(mergeKey)")
            }
            let found = merged.firstIndex { $0[mergeKey] == key }
            if changes["$patch"] == "delete" {
                merged.removeAll { $0[mergeKey] == key }
            } else if let found {
                merged[found] = .object(try merge(merged[found].object ?? [:], changes, element))
            } else {
                merged.append(.object(try merge([:], changes, element)))
            }
        }
        return merged
    }

    /// The patch's elements in the order it asks for, or lists them in; the server's others stay
    /// before the first element that they preceded.
    private static func ordered(
        _ items: [JSONValue], _ order: [JSONValue], _ server: [JSONValue], _ schema: Schema
    ) -> [JSONValue] {
        func key(_ item: JSONValue) -> JSONValue {
            guard case .list(_, .byKey(let mergeKey)) = schema else { return item }
            return item[mergeKey] ?? item
        }
        let wanted = order.map(key)
        let serverOrder = server.map(key)
        var asked = wanted.compactMap { wantedKey in items.first { key($0) == wantedKey } }[...]
        var others = items.filter { !wanted.contains(key($0)) }[...]
        var result: [JSONValue] = []
        while let other = others.first, let next = asked.first {
            let otherPlace = serverOrder.firstIndex(of: key(other))
            let nextPlace = serverOrder.firstIndex(of: key(next))
            if let otherPlace, let nextPlace, otherPlace < nextPlace {
                result.append(others.removeFirst())
            } else {
                result.append(asked.removeFirst())
            }
        }
        return result + others + asked
    }

    private static func withoutDirectives(
        _ members: [String: JSONValue]
    ) -> [String: JSONValue] {
        members.filter { !$0.key.hasPrefix("$") }
    }
}

extension Schema {
    /// Whether this is a list whose elements are merged one by one.
    fileprivate var isMerged: Bool {
        switch self {
        case .list(_, .byKey), .list(_, .primitives): true
        case .list(_, .atomic), .object, .map, .string, .integer, .boolean, .time, .microTime,
            .integerOrString, .bytes, .any:
            false
        }
    }

    /// The schema of one field; `any` where the kind has none, so that it is replaced whole.
    fileprivate func field(_ name: String) -> Schema {
        switch self {
        case .object(let fields): fields[name] ?? .any
        case .map(let element): element
        case .string, .integer, .boolean, .time, .microTime, .integerOrString, .bytes, .any,
            .list:
            .any
        }
    }
}
