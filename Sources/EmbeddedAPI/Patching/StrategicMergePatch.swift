import JSON

/// Kubernetes' strategic merge patch: a merge patch that knows how a kind's lists are merged, and
/// has directives (`$patch`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`, `$retainKeys`).
enum StrategicMergePatch {
    private typealias Members = [String: JSONValue]

    /// Merges one object; `schema` is that object's own.
    static func merged(
        _ original: JSONValue, with patch: JSONValue, _ schema: Schema
    ) throws -> JSONValue {
        guard let changes = patch.object else {
            throw APIError.patch("a strategic merge patch is an object")
        }
        return .object(try merged(original.object ?? [:], changes, schema))
    }

    private static func merged(
        _ original: Members, _ patch: Members, _ schema: Schema
    ) throws -> Members {
        let fields = patch.filter { !$0.key.hasPrefix("$") }
        switch patch["$patch"] {
        case "replace": return fields
        case "delete": return [:]
        case nil, "merge": break
        case let directive?:
            throw APIError.patch("unknown $patch directive \(directive.text)")
        }
        var merged = original
        if let kept = patch["$retainKeys"] { try retain(kept, in: &merged, fields) }
        for (key, value) in fields {
            merged[key] = try mergedMember(merged[key], value, schema.field(key))
        }
        for (directive, value) in patch.sorted(by: { $0.key < $1.key }) {
            guard let list = value.array, let slash = directive.firstIndex(of: "/") else {
                continue
            }
            let key = String(directive[slash...].dropFirst())
            guard let items = merged[key]?.array else { continue }
            switch directive[..<slash] {
            case "$deleteFromPrimitiveList":
                merged[key] = .array(items.filter { !list.contains($0) })
            case "$setElementOrder":
                let server = original[key]?.array ?? []
                merged[key] = .array(ordered(items, list, server, schema.field(key)))
            default: break
            }
        }
        return merged
    }

    private static func retain(
        _ kept: JSONValue, in merged: inout Members, _ fields: Members
    ) throws {
        guard let keys = kept.strings, fields.keys.allSatisfy(keys.contains) else {
            throw APIError.patch(
                "$retainKeys is a list of keys, and all that is patched is among them")
        }
        merged = merged.filter { keys.contains($0.key) }
    }

    /// One member; nil: it goes.
    private static func mergedMember(
        _ old: JSONValue?, _ new: JSONValue, _ schema: Schema
    ) throws -> JSONValue? {
        switch (new, schema.bare) {
        case (.null, _), (["$patch": "delete"], _): return nil
        case (.object(let changes), _):
            return .object(try merged(old?.object ?? [:], changes, schema))
        case (.array(let changes), .list(let element, let merge)) where merge != .atomic:
            let server = old?.array ?? []
            var items = server
            if case .byKey(let mergeKey) = merge {
                items = try mergedList(server, changes, element, mergeKey)
            } else {
                for item in changes where !items.contains(item) { items.append(item) }
            }
            return .array(ordered(items, changes, server, schema))
        case (.array, _), (.boolean, _), (.number, _), (.string, _): return new
        }
    }

    private static func mergedList(
        _ server: [JSONValue], _ patch: [JSONValue], _ element: Schema, _ mergeKey: String
    ) throws -> [JSONValue] {
        var items = patch.contains { $0["$patch"] == "replace" } ? [] : server
        for item in patch where item["$patch"] != "replace" {
            guard let changes = item.object, let key = changes[mergeKey] else {
                throw APIError.patch("an element does not contain declared merge key: \(mergeKey)")
            }
            let place = items.firstIndex { $0[mergeKey] == key }
            if changes["$patch"] == "delete" {
                items.removeAll { $0[mergeKey] == key }
            } else if let place {
                items[place] = try merged(items[place], with: item, element)
            } else {
                items.append(try merged([:], with: item, element))
            }
        }
        return items
    }

    /// The patch's elements in the order it asks for, or lists them in; the server's others stay
    /// before the first element that they preceded.
    private static func ordered(
        _ items: [JSONValue], _ order: [JSONValue], _ server: [JSONValue], _ schema: Schema
    ) -> [JSONValue] {
        func key(_ item: JSONValue) -> JSONValue {
            guard case .list(_, .byKey(let mergeKey)) = schema.bare else { return item }
            return item[mergeKey] ?? item
        }
        let (wanted, serverOrder) = (order.map(key), server.map(key))
        var asked = wanted.compactMap { wantedKey in items.first { key($0) == wantedKey } }[...]
        var others = items.filter { !wanted.contains(key($0)) }[...]
        var result: [JSONValue] = []
        while let other = others.first, let next = asked.first {
            if let otherPlace = serverOrder.firstIndex(of: key(other)),
                let nextPlace = serverOrder.firstIndex(of: key(next)), otherPlace < nextPlace
            {
                result.append(others.removeFirst())
            } else {
                result.append(asked.removeFirst())
            }
        }
        return result + others + asked
    }
}

extension Schema {
    /// The schema of one field; `any` where the kind has none, so that it is replaced whole.
    fileprivate func field(_ name: String) -> Schema {
        switch bare {
        case .object(let fields): fields[name] ?? .any
        case .map(let element): element
        default: .any
        }
    }
}
