import FoundationEssentials

/// A Secret (core/v1); values are bytes, base64 only on the way.
package struct Secret: Resource, Hashable {
    package static let kind = "Secret"
    package static let plural = "secrets"

    package var metadata: ObjectMeta
    /// `Opaque` when a manifest leaves it empty.
    package var type: String
    package var data: [String: Data]

    package init(metadata: ObjectMeta, data: [String: Data], type: String = "Opaque") {
        self.metadata = metadata
        self.type = type
        self.data = data
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        type = try container.decode(.type, or: "")
        data = try container.decode(.data, or: [String: String]()).mapValues { text in
            guard let bytes = Data(base64Encoded: text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .data, in: container, debugDescription: "a value is not base64")
            }
            return bytes
        }
    }
}
