extension JSONValue {
    /// RFC 7386: objects are merged, null removes, anything else replaces.
    package func mergePatched(with patch: JSONValue) -> JSONValue {
        guard let changes = patch.object else { return patch }
        var merged = object ?? [:]
        for (key, value) in changes {
            merged[key] =
                value == .null ? nil : (merged[key] ?? .null).mergePatched(with: value)
        }
        return .object(merged)
    }
}
