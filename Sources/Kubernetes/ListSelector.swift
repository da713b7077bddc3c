/// Which objects of a kind are meant, in the API's own selector texts; empty means all.
package struct ListSelector: Hashable, Sendable {
    /// Such as `app=web,tier!=cache`.
    package var labels: String
    /// Such as `metadata.name=herald-allocator`.
    package var fields: String

    package init(labels: String = "", fields: String = "") {
        self.labels = labels
        self.fields = fields
    }

    package static let all = ListSelector()

    /// The one object of that name.
    package static func name(_ name: String) -> ListSelector {
        ListSelector(fields: "metadata.name=\(name)")
    }

    var query: [(String, String)] {
        (labels.isEmpty ? [] : [("labelSelector", labels)])
            + (fields.isEmpty ? [] : [("fieldSelector", fields)])
    }
}
