/// A tree of named values in a fixed order: what JSON and YAML texts are renderings of.
package indirect enum Document: Hashable, Sendable {
    case text(String)
    case number(Int64)
    case flag(Bool)
    case list([Document])
    case object([Field])

    /// One named value of an object.
    package struct Field: Hashable, Sendable {
        package let name: String
        package let value: Document

        package init(name: String, value: Document) {
            self.name = name
            self.value = value
        }
    }

    /// An object with these fields in this order; what is nil gets no key.
    package static func fields(_ fields: KeyValuePairs<String, Document?>) -> Document {
        .object(
            fields.compactMap { name, value in value.map { Field(name: name, value: $0) } })
    }

    package static func texts(_ texts: [String]) -> Document {
        .list(texts.map(Document.text))
    }
}
