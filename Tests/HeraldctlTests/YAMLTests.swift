import CYaml
import Status
import Testing

@testable import heraldctl

/// What is printed as YAML is what libyaml reads.
@Suite struct YAMLTests {
    @Test(arguments: ["contract", "full", "empty"])
    func libyamlReadsTheSame(answer: String) throws {
        let document = try Answers.status(answer).document
        #expect(try YAMLReading(document.yaml).document == document.withScalarsAsText)
    }

    @Test func libyamlReadsTheSameServices() throws {
        let document = try Answers.services().document
        #expect(try YAMLReading(document.yaml).document == document.withScalarsAsText)
    }

    @Test(arguments: [
        "", " ", "a b", "a: b", "a #b", "- a", "#", "'", "\"", "\\", "a\nb", "\t", "\u{1b}[0m",
        "true", "No", "null", "~", "1", "1.5", "1e3", "0x10", "192.0.2.1", "2001:db8::1",
        "2026-01-02T03:04:05Z", "default/web", "größer", "{a}", "[a]", "*a", "&a", "!a", "%a",
        "@a", "`a", "|", ">", "a:", "\u{7f}", "\u{85}", "\u{2028}", "🦉", ".inf", "-", "---",
    ])
    func awkwardTextComesBack(text: String) throws {
        let document = Document.fields(["key": .text(text), "list": .texts([text])])
        #expect(try YAMLReading(document.yaml).document == document)
    }

    /// A plain scalar of these would be read as something else than text.
    @Test(arguments: [
        "true", "False", "YES", "no", "On", "off", "y", "N", "null", "~", "", "1", "1.5", "0x10",
        "2026-01-02",
    ])
    func textThatLooksLikeSomethingElseIsQuoted(text: String) {
        #expect(Document.fields(["key": .text(text)]).yaml == "key: \"\(text)\"")
    }

    @Test func nestedListsAndObjects() {
        let document = Document.list([
            .list([.number(1), .list([])]),
            .fields(["a": .fields(["b": .flag(true)]), "c": .list([.fields(["d": .object([])])])]),
        ])
        #expect(
            document.yaml == """
                - - 1
                  - []
                - a:
                    b: true
                  c:
                  - d: {}
                """)
    }
}

extension Document {
    /// libyaml knows scalars, not their types.
    fileprivate var withScalarsAsText: Document {
        switch self {
        case .text: self
        case .number(let value): .text(String(value))
        case .flag(let value): .text(value ? "true" : "false")
        case .list(let elements): .list(elements.map(\.withScalarsAsText))
        case .object(let fields):
            .object(fields.map { Field(name: $0.name, value: $0.value.withScalarsAsText) })
        }
    }
}

/// A YAML text as libyaml reads it, its scalars as text.
private struct YAMLReading {
    let document: Document

    /// Text that libyaml refuses, or that ends too early.
    struct Refused: Error {}

    init(_ yaml: String) throws {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else { throw Refused() }
        defer { yaml_parser_delete(&parser) }
        let bytes = Array(yaml.utf8)
        document = try bytes.withUnsafeBufferPointer { buffer in
            yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
            for _ in ["stream", "document"] { _ = try Self.next(&parser) }
            return try Self.value(&parser, after: Self.next(&parser))
        }
    }

    private enum Event {
        case scalar(String), listStart, objectStart, end, other
    }

    private static func next(_ parser: inout yaml_parser_t) throws -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(&parser, &event) == 1 else { throw Refused() }
        defer { yaml_event_delete(&event) }
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return .scalar(String(decoding: bytes, as: UTF8.self))
        case YAML_SEQUENCE_START_EVENT: return .listStart
        case YAML_MAPPING_START_EVENT: return .objectStart
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return .end
        default: return .other
        }
    }

    private static func value(
        _ parser: inout yaml_parser_t, after event: Event
    ) throws -> Document {
        switch event {
        case .scalar(let text): return .text(text)
        case .listStart:
            var elements: [Document] = []
            while true {
                let event = try next(&parser)
                if case .end = event { return .list(elements) }
                elements.append(try value(&parser, after: event))
            }
        case .objectStart:
            var fields: [Document.Field] = []
            while case .scalar(let name) = try next(&parser) {
                let field = try value(&parser, after: next(&parser))
                fields.append(Document.Field(name: name, value: field))
            }
            return .object(fields)
        case .end, .other: throw Refused()
        }
    }
}
