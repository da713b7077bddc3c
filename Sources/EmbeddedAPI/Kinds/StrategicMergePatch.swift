import JSON

/// Kubernetes' strategic merge patch: a merge patch that knows how a kind's lists are merged, and
/// has directives (`$patch`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`, `$retainKeys`).
extension Schema {
    /// An object, changed; the schema is that object's own. Throws 422 for what is no such patch.
    func merged(_ original: JSONValue, with patch: JSONValue) throws -> JSONValue {
        guard let changes = patch.object else {
            throw APIError.patch("a strategic merge patch is an object")
        }
        let fields = changes.filter { !$0.key.hasPrefix("$") }
        switch changes["$patch"] {
        case "replace": return .object(fields)
        case "delete": return [:]
        case nil, "merge": break
        case let directive?:
            throw APIError.patch("unknown $patch directive \(directive.text)")
        }
        var merged = original.object ?? [:]
        if let kept = changes["$retainKeys"] {
            guard let keys = kept.strings, fields.keys.allSatisfy(keys.contains) else {
                throw APIError.patch(
                    "$retainKeys is a list of keys, and all that is patched is among them")
            }
            merged = merged.filter { keys.contains($0.key) }
        }
        for (key, value) in fields {
            merged[key] = try field(key).mergedMember(merged[key], with: value)
        }
        for (directive, value) in changes.sorted(by: { $0.key < $1.key }) {
            let words = directive.split(separator: "/", maxSplits: 1).map(String.init)
            guard let key = words.last, let list = value.array, let items = merged[key]?.array
            else { continue }
            switch words[0] {
            case "$deleteFromPrimitiveList":
                merged[key] = .array(items.filter { !list.contains($0) })
            case "$setElementOrder":
                merged[key] = field(key).ordered(items, as: list, server: original[key])
            default: break
            }
        }
        return .object(merged)
    }

    /// One member; nil: it goes.
    private func mergedMember(_ old: JSONValue?, with new: JSONValue) throws -> JSONValue? {
        switch (new, bare) {
        case (.null, _), (["$patch": "delete"], _): return nil
        case (.object, _): return try merged(old ?? [:], with: new)
        case (.array(let changes), .list(_, .primitives)):
            var items = old?.array ?? []
            for item in changes where !items.contains(item) { items.append(item) }
            return ordered(items, as: changes, server: old)
        case (.array(let changes), .list(let element, .byKey(let mergeKey))):
            let items = try element.mergedItems(old?.array ?? [], with: changes, mergeKey)
            return ordered(items, as: changes, server: old)
        case (.array, _), (.boolean, _), (.number, _), (.string, _): return new
        }
    }

    /// The elements of a list, each of this schema, that are told apart by a key.
    private func mergedItems(
        _ server: [JSONValue], with patch: [JSONValue], _ mergeKey: String
    ) throws -> [JSONValue] {
        var items = patch.contains { $0["$patch"] == "replace" } ? [] : server
        for item in patch where item["$patch"] != "replace" {
            guard let key = item[mergeKey] else {
                throw APIError.patch("an element does not contain declared merge key: \(mergeKey)")
            }
            if item["$patch"] == "delete" {
                items.removeAll { $0[mergeKey] == key }
            } else if let place = items.firstIndex(where: { $0[mergeKey] == key }) {
                items[place] = try merged(items[place], with: item)
            } else {
                items.append(try merged([:], with: item))
            }
        }
        return items
    }

    /// The patch's elements in the order it asks for, or lists them in; the server's others stay
    /// before the first element that they preceded.
    private func ordered(
        _ items: [JSONValue], as order: [JSONValue], server: JSONValue?
    ) -> JSONValue {
        func key(_ item: JSONValue) -> JSONValue {
            guard case .list(_, .byKey(let mergeKey)) = bare else { return item }
            return item[mergeKey] ?? item
        }
        let (wanted, before) = (order.map(key), (server?.array ?? []).map(key))
        var asked = wanted.compactMap { wantedKey in items.first { key($0) == wantedKey } }[...]
        var result: [JSONValue] = []
        for other in items where !wanted.contains(key(other)) {
            let place = before.firstIndex(of: key(other)) ?? before.endIndex
            let first = asked.prefix { (before.firstIndex(of: key($0)) ?? -1) <= place }
            result += first + [other]
            asked = asked.dropFirst(first.count)
        }
        return .array(result + asked)
    }

    /// The schema of one field; `any` where the kind has none, so that it is replaced whole.
    private func field(_ name: String) -> Schema {
        switch bare {
        case .object(let fields): fields[name] ?? .any
        case .map(let element): element
        case .scalar, .list, .pointer, .required, .checked: .any
        }
    }
}
