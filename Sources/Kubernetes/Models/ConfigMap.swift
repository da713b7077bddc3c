/// A ConfigMap (core/v1) with text values; binary ones are not Herald's.
package struct ConfigMap: Resource, Hashable {
    package static let kind = "ConfigMap"
    package static let plural = "configmaps"

    package var metadata: ObjectMeta
    package var data: [String: String]

    package init(metadata: ObjectMeta, data: [String: String]) {
        self.metadata = metadata
        self.data = data
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        data = try container.decode(.data, or: [:])
    }
}
