import CYaml

/// A YAML document as a tree of texts, as much of YAML as kubeconfig files use.
///
/// JSON is YAML too. Anchors, tags with meaning and several documents are refused, for nothing
/// writes such kubeconfig files.
indirect enum YAMLNode: Hashable, Sendable {
    case scalar(String)
    case sequence([YAMLNode])
    /// Keys are unique, in file order.
    case mapping([YAMLEntry])
}

/// One key of a mapping with its value.
struct YAMLEntry: Hashable, Sendable {
    let key: String
    let value: YAMLNode
}

/// YAML that cannot be read: where, and why.
struct YAMLError: Error, Hashable, CustomStringConvertible {
    let line: Int
    let column: Int
    let problem: String

    var description: String { "line \(line), column \(column): \(problem)" }
}

extension YAMLNode {
    /// Bytes of a document; the largest kubeconfig files hold certificates of some kilobytes.
    static let bytesMax = 1 << 20
    /// Mappings and sequences within each other.
    static let depthMax = 32

    init(parsing bytes: [UInt8]) throws(YAMLError) {
        guard bytes.count <= Self.bytesMax else {
            throw YAMLError(line: 1, column: 1, problem: "is over \(Self.bytesMax) bytes")
        }
        var reader = YAMLReader(bytes)
        self = try reader.document()
    }

    /// The value of `key` of a mapping; nil when absent, or when it is no mapping.
    subscript(key: String) -> YAMLNode? {
        guard case .mapping(let entries) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }
}

/// Turns libyaml's events into a tree.
private struct YAMLReader: ~Copyable {
    /// On the heap, for the parser keeps pointers to itself.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    /// The input, which the parser reads until it ends.
    private let input: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: [UInt8]) {
        input = .allocate(capacity: max(1, bytes.count))
        _ = input.update(fromContentsOf: bytes)
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        precondition(yaml_parser_initialize(parser) == 1, "no memory for a YAML parser")
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    mutating func document() throws(YAMLError) -> YAMLNode {
        try expect(YAML_STREAM_START_EVENT)
        guard try next({ $0.type == YAML_DOCUMENT_START_EVENT }) else {
            throw error("is empty")
        }
        guard let root = try node(depth: 0) else { throw error("is empty") }
        try expect(YAML_DOCUMENT_END_EVENT)
        guard try next({ $0.type == YAML_STREAM_END_EVENT }) else {
            throw error("holds a second document")
        }
        return root
    }

    /// The next value; nil at the end of the collection that it would be in.
    private mutating func node(depth: Int) throws(YAMLError) -> YAMLNode? {
        guard depth <= YAMLNode.depthMax else {
            throw error("is nested deeper than \(YAMLNode.depthMax)")
        }
        switch try next(Event.init) {
        case .scalar(let text): return .scalar(text)
        case .sequenceStart: return .sequence(try sequence(depth: depth))
        case .mappingStart: return .mapping(try mapping(depth: depth))
        case .end: return nil
        case .alias: throw error("uses an alias, which is not supported here")
        }
    }

    private mutating func sequence(depth: Int) throws(YAMLError) -> [YAMLNode] {
        var items: [YAMLNode] = []
        while let item = try node(depth: depth + 1) { items.append(item) }
        return items
    }

    private mutating func mapping(depth: Int) throws(YAMLError) -> [YAMLEntry] {
        var entries: [YAMLEntry] = []
        var keys: Set<String> = []
        while let key = try node(depth: depth + 1) {
            guard case .scalar(let name) = key else { throw error("has a key that is no text") }
            guard keys.insert(name).inserted else { throw error("has the key \"\(name)\" twice") }
            guard let value = try node(depth: depth + 1) else { throw error("lacks a value") }
            entries.append(YAMLEntry(key: name, value: value))
        }
        return entries
    }

    private enum Event {
        case scalar(String)
        case sequenceStart, mappingStart, end, alias

        init(_ event: yaml_event_t) {
            switch event.type {
            case YAML_SCALAR_EVENT:
                let scalar = event.data.scalar
                let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
                self = .scalar(String(decoding: bytes, as: UTF8.self))
            case YAML_SEQUENCE_START_EVENT: self = .sequenceStart
            case YAML_MAPPING_START_EVENT: self = .mappingStart
            case YAML_ALIAS_EVENT: self = .alias
            default: self = .end
            }
        }
    }

    private mutating func expect(_ type: yaml_event_type_t) throws(YAMLError) {
        let found = try next { $0.type }
        precondition(found == type, "libyaml said event \(found) where \(type) is due")
    }

    private mutating func next<Value>(
        _ read: (yaml_event_t) -> Value
    ) throws(YAMLError) -> Value {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else {
            let mark = parser.pointee.problem_mark
            let problem = parser.pointee.problem.map { String(cString: $0) } ?? "is not YAML"
            throw YAMLError(
                line: Int(mark.line) + 1, column: Int(mark.column) + 1, problem: problem)
        }
        defer { yaml_event_delete(&event) }
        return read(event)
    }

    private func error(_ problem: String) -> YAMLError {
        let mark = parser.pointee.mark
        return YAMLError(line: Int(mark.line) + 1, column: Int(mark.column) + 1, problem: problem)
    }
}
