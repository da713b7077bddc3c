extension JSONValue {
    /// The one document that `bytes` are; throws where they are not.
    package init(parsing bytes: some Sequence<UInt8>) throws(JSONParseError) {
        var parser = JSONParser(Array(bytes))
        self = try parser.parse()
    }

    /// This value as a type that describes its JSON by `Decodable`.
    ///
    /// Throws `DecodingError`, which names the place, for another shape. A type whose own form is
    /// not JSON's, such as `Data`, is read only by whoever says what its text means.
    package func decoded<T: Decodable>(as type: T.Type = T.self) throws -> T {
        try JSONValueDecoder(value: self, codingPath: []).decode(type)
    }
}

extension JSONValue: Codable {
    /// Only out of a `JSONValue`: other decoders cannot tell what stands there.
    package init(from decoder: any Decoder) throws {
        guard let decoder = decoder as? JSONValueDecoder else {
            let problem = "only a JSONValue can be read as one, not by \(type(of: decoder))"
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: problem))
        }
        self = decoder.value
    }

    /// A number that is no `Int64` is written as the nearest `Double`.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let value): try container.encode(value)
        case .number(let text):
            guard let integer else { return try container.encode(Double(text)) }
            try container.encode(integer)
        case .string(let text): try container.encode(text)
        case .array(let items): try container.encode(items)
        case .object(let members): try container.encode(members)
        }
    }
}

/// One value on the way of a document into a type, and where it stands.
struct JSONValueDecoder: Decoder {
    let value: JSONValue
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard let members = value.object else { throw mismatch([String: JSONValue].self) }
        return KeyedDecodingContainer(Members(members: members, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard let items = value.array else { throw mismatch([JSONValue].self) }
        return Items(items: items, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    fileprivate func mismatch(_ wanted: Any.Type) -> DecodingError {
        let problem = "wants \(wanted), found \(value.typeName)"
        return .typeMismatch(wanted, .init(codingPath: codingPath, debugDescription: problem))
    }
}

extension JSONValueDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { value == .null }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let number = type as? any (Numeric & LosslessStringConvertible).Type
        let found: Any? =
            switch value {
            case .string(let text): text
            case .boolean(let value): value
            case .number(let text): number?.init(text)
            case .null, .array, .object: nil
            }
        if let found, let wanted = found as? T { return wanted }
        // These ask for themselves again.
        if number != nil || type == String.self || type == Bool.self { throw mismatch(type) }
        return try T(from: self)
    }
}

/// The members of an object.
private struct Members<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let members: [String: JSONValue]
    let codingPath: [any CodingKey]

    var allKeys: [Key] { members.keys.sorted().compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }

    func decodeNil(forKey key: Key) -> Bool { members[key.stringValue] == .null }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try member(key).decode(type)
    }

    func nestedContainer<Inner>(
        keyedBy type: Inner.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Inner> { try member(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try member(key).unkeyedContainer()
    }

    func superDecoder(forKey key: Key) throws -> any Decoder { try member(key) }

    func superDecoder() -> any Decoder {
        JSONValueDecoder(value: .object(members), codingPath: codingPath)
    }

    private func member(_ key: Key) throws -> JSONValueDecoder {
        guard let value = members[key.stringValue] else {
            throw DecodingError.keyNotFound(
                key, .init(codingPath: codingPath, debugDescription: "no \"\(key.stringValue)\""))
        }
        return JSONValueDecoder(value: value, codingPath: codingPath + [key])
    }
}

/// The items of an array, one after the other.
private struct Items: UnkeyedDecodingContainer {
    /// Which item, in a path.
    private struct Index: CodingKey {
        let index: Int
        var intValue: Int? { index }
        var stringValue: String { "\(index)" }

        init(intValue: Int) { index = intValue }
        init?(stringValue: String) { nil }
    }

    let items: [JSONValue]
    let codingPath: [any CodingKey]
    private(set) var currentIndex = 0

    var count: Int? { items.count }
    var isAtEnd: Bool { currentIndex == items.count }

    mutating func decodeNil() -> Bool {
        let isNil = !isAtEnd && items[currentIndex] == .null
        if isNil { currentIndex += 1 }
        return isNil
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try next(type) { try $0.decode(type) }
    }

    mutating func nestedContainer<Inner>(
        keyedBy type: Inner.Type
    ) throws -> KeyedDecodingContainer<Inner> {
        try next(type) { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next([JSONValue].self) { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try next(JSONValue.self) { $0 } }

    /// What `read` makes of the next item, which stays the next one when it throws.
    private mutating func next<Outcome>(
        _ wanted: Any.Type, _ read: (JSONValueDecoder) throws -> Outcome
    ) throws -> Outcome {
        let path = codingPath + [Index(intValue: currentIndex)]
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                wanted, .init(codingPath: path, debugDescription: "the array ends before"))
        }
        let outcome = try read(JSONValueDecoder(value: items[currentIndex], codingPath: path))
        currentIndex += 1
        return outcome
    }
}
