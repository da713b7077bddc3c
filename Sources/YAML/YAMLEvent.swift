import CYaml

/// One event of libyaml, its memory already given back.
struct YAMLEvent {
    let position: YAMLPosition
    let kind: Kind

    enum Kind {
        case scalar(String, isPlain: Bool, anchor: String?)
        case start(isMapping: Bool, anchor: String?)
        case end
        case alias(String)
        case documentStart
        case streamEnd
        /// Start of the stream, end of a document.
        case other
    }

    /// Reads the next event; `bytes` are the parser's input, to find the place of an error.
    init(
        from parser: UnsafeMutablePointer<yaml_parser_t>, _ bytes: [UInt8]
    ) throws(YAMLError) {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else {
            throw Self.error(of: parser.pointee, bytes)
        }
        defer { yaml_event_delete(&event) }
        position = YAMLPosition(event.start_mark)
        kind = try Self.kind(of: event)
    }

    private static func kind(of event: yaml_event_t) throws(YAMLError) -> Kind {
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            let isText = try isTaggedAsText(scalar.tag, event)
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return .scalar(
                String(decoding: bytes, as: UTF8.self), isPlain: isPlain && !isText,
                anchor: text(scalar.anchor))
        case YAML_SEQUENCE_START_EVENT:
            try refuseTag(event.data.sequence_start.tag, event)
            return .start(isMapping: false, anchor: text(event.data.sequence_start.anchor))
        case YAML_MAPPING_START_EVENT:
            try refuseTag(event.data.mapping_start.tag, event)
            return .start(isMapping: true, anchor: text(event.data.mapping_start.anchor))
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return .end
        case YAML_ALIAS_EVENT: return .alias(text(event.data.alias.anchor) ?? "")
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_STREAM_END_EVENT: return .streamEnd
        default: return .other
        }
    }

    private static func isTaggedAsText(
        _ tag: UnsafeMutablePointer<yaml_char_t>?, _ event: yaml_event_t
    ) throws(YAMLError) -> Bool {
        switch text(tag) {
        case "tag:yaml.org,2002:str", "!": return true
        default:
            try refuseTag(tag, event)
            return false
        }
    }

    private static func refuseTag(
        _ tag: UnsafeMutablePointer<yaml_char_t>?, _ event: yaml_event_t
    ) throws(YAMLError) {
        guard let tag = text(tag) else { return }
        throw YAMLError(
            YAMLPosition(event.start_mark), "tag \"\(tag)\" is not supported; leave it out")
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    /// libyaml's own words, and a plainer sentence for tabs, the most common cause.
    private static func error(of parser: yaml_parser_t, _ bytes: [UInt8]) -> YAMLError {
        let problem = parser.problem.map { String(cString: $0) } ?? "not YAML"
        if parser.error == YAML_READER_ERROR {
            let position = YAMLDocuments.position(of: Int(parser.problem_offset), in: bytes)
            return YAMLError(position, "not YAML: \(problem)")
        }
        let position = YAMLPosition(parser.problem_mark)
        let index = Int(parser.problem_mark.index)
        let met = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars.dropFirst(index))
        if met.first == "\t" {
            return YAMLError(position, "a tab is used as indentation; use blanks")
        }
        return YAMLError(position, "not YAML: \(problem)")
    }
}

extension YAMLPosition {
    init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}
