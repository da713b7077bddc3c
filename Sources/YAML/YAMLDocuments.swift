import CYaml

/// The documents of one YAML file as trees.
///
/// Bounded: the file, its nesting, and what aliases expand to, so that no file can hang the
/// reader or fill memory.
package struct YAMLDocuments: Sendable {
    /// Documents that hold anything, in file order.
    package let nodes: [YAMLNode]

    package static let fileBytesMax = 1 << 20
    /// Lists and mappings within one another.
    package static let depthMax = 64
    /// Values of a file, those that aliases repeat counted each time.
    package static let nodesMax = 200_000

    package init(parsing bytes: [UInt8]) throws(YAMLError) {
        try Self.checkBytes(bytes)
        let result: Result<[YAMLNode], YAMLError> = bytes.withUnsafeBufferPointer { buffer in
            // On the heap, for the parser keeps pointers to itself.
            let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
            parser.initialize(to: yaml_parser_t())
            defer { parser.deallocate() }
            guard yaml_parser_initialize(parser) == 1 else {
                return .failure(YAMLError(Self.start, "libyaml found no memory for a parser"))
            }
            defer { yaml_parser_delete(parser) }
            yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
            yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
            var builder = YAMLTreeBuilder()
            do throws(YAMLError) {
                while try builder.take(YAMLEvent(from: parser, bytes)) {}
            } catch {
                return .failure(error)
            }
            return .success(builder.documents)
        }
        nodes = try result.get().filter { !$0.isNull }
    }

    /// The one document of a file whose mappings have texts for keys, each once.
    package static func single(parsing bytes: [UInt8]) throws(YAMLError) -> YAMLNode {
        let nodes = try YAMLDocuments(parsing: bytes).nodes
        guard let root = nodes.first else { throw YAMLError(start, "the file is empty") }
        guard nodes.count == 1 else {
            throw YAMLError(nodes[1].position, "a second document, where one is wanted")
        }
        try root.checkKeys()
        return root
    }

    static let start = YAMLPosition(line: 1, column: 1)

    /// Refuses what libyaml would refuse without a place, or not at all.
    private static func checkBytes(_ bytes: [UInt8]) throws(YAMLError) {
        guard bytes.count <= fileBytesMax else {
            throw YAMLError(
                start, "the file has more than \(fileBytesMax) bytes; split it")
        }
        if let index = bytes.firstIndex(of: 0) {
            throw YAMLError(position(of: index, in: bytes), "a NUL byte found; this is no text")
        }
        guard let index = firstInvalidUTF8(in: bytes) else { return }
        throw YAMLError(position(of: index, in: bytes), "these bytes are not UTF-8")
    }

    private static func firstInvalidUTF8(in bytes: [UInt8]) -> Int? {
        var index = 0
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar): index += UTF8.width(scalar)
            case .emptyInput: return nil
            case .error: return min(index, bytes.count - 1)
            }
        }
    }

    /// The place of a byte; characters are counted by their first bytes.
    static func position(of index: Int, in bytes: [UInt8]) -> YAMLPosition {
        let before = bytes[..<min(index, bytes.count)]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let lineStart = (before.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
        let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
        return YAMLPosition(line: line, column: column)
    }
}

/// Builds trees from events.
private struct YAMLTreeBuilder {
    private(set) var documents: [YAMLNode] = []
    private var open: [Frame] = []
    private var anchors: [String: (node: YAMLNode, size: Int)] = [:]
    private var count = 0

    /// A list or mapping whose end is still to come.
    private struct Frame {
        let position: YAMLPosition
        let anchor: String?
        let isMapping: Bool
        var nodes: [YAMLNode] = []
        var size = 1
    }

    /// False at the end of the file.
    mutating func take(_ event: YAMLEvent) throws(YAMLError) -> Bool {
        switch event.kind {
        case .streamEnd:
            return false
        case .documentStart:
            anchors = [:]
        case .other:
            break
        case .alias(let name):
            guard let known = anchors[name] else {
                throw YAMLError(event.position, "alias *\(name) has no anchor before it")
            }
            let node = YAMLNode(position: event.position, value: known.node.value)
            try add(node, size: known.size, anchor: nil)
        case .scalar(let text, let isPlain, let anchor):
            let node = YAMLNode(
                position: event.position, value: .scalar(text, isPlain: isPlain))
            try add(node, size: 1, anchor: anchor)
        case .start(let isMapping, let anchor):
            guard open.count < YAMLDocuments.depthMax else {
                throw YAMLError(
                    event.position,
                    "lists and mappings are nested more than \(YAMLDocuments.depthMax) deep")
            }
            open.append(Frame(position: event.position, anchor: anchor, isMapping: isMapping))
        case .end:
            guard let frame = open.popLast() else {
                preconditionFailure("libyaml ended a list or mapping that it did not start")
            }
            let node = YAMLNode(position: frame.position, value: value(of: frame))
            try add(node, size: frame.size, anchor: frame.anchor)
        }
        return true
    }

    private func value(of frame: Frame) -> YAMLNode.Value {
        guard frame.isMapping else { return .sequence(frame.nodes) }
        let pairs = stride(from: 0, to: frame.nodes.count, by: 2)
        return .mapping(
            pairs.map { YAMLNode.Entry(key: frame.nodes[$0], value: frame.nodes[$0 + 1]) })
    }

    private mutating func add(_ node: YAMLNode, size: Int, anchor: String?) throws(YAMLError) {
        count += size
        guard count <= YAMLDocuments.nodesMax else {
            throw YAMLError(
                node.position, "the file expands to more than \(YAMLDocuments.nodesMax) values")
        }
        if let anchor { anchors[anchor] = (node, size) }
        guard let last = open.indices.last else {
            documents.append(node)
            return
        }
        open[last].nodes.append(node)
        open[last].size += size
    }
}
