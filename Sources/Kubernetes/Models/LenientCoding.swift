extension KeyedDecodingContainer {
    /// The value, or `fallback` when the key is absent or null, as the API omits what is empty.
    func decode<T: Decodable>(_ key: Key, or fallback: T) throws -> T {
        try decodeIfPresent(T.self, forKey: key) ?? fallback
    }
}

extension KeyedEncodingContainer {
    /// Leaves out what is empty, as the API itself does: an empty name is not a name.
    mutating func encodeUnlessEmpty<T: Encodable & Collection>(_ value: T, forKey key: Key) throws {
        if !value.isEmpty { try encode(value, forKey: key) }
    }
}
