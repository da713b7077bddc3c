/// A write in the making: reads see it, nobody else does until it is committed.
struct Transaction {
    private let base: [String: [ObjectKey: JSONValue]]
    private let baseVersion: Int64
    private(set) var changes: [Change] = []

    init(_ base: [String: [ObjectKey: JSONValue]], version: Int64) {
        self.base = base
        baseVersion = version
    }

    func object(_ resource: String, _ key: ObjectKey) -> JSONValue? {
        guard let change = changes.last(where: { $0.resource == resource && $0.key == key }) else {
            return base[resource]?[key]
        }
        return change.kind == .deleted ? nil : change.object
    }

    /// All objects of a resource as they were before this transaction.
    func objects(_ resource: String) -> [ObjectKey: JSONValue] { base[resource] ?? [:] }

    var resources: [String] { base.keys.sorted() }

    /// Writes an object and returns it with its new version.
    @discardableResult
    mutating func put(
        _ resource: String, _ key: ObjectKey, _ object: JSONValue
    ) -> JSONValue {
        let previous = self.object(resource, key)
        return record(previous == nil ? .added : .modified, resource, key, object, previous)
    }

    /// Removes an object; traps when there is none.
    mutating func delete(_ resource: String, _ key: ObjectKey) {
        guard let previous = object(resource, key) else {
            preconditionFailure("\(resource) \(key) is deleted but not there")
        }
        record(.deleted, resource, key, previous, previous)
    }

    @discardableResult
    private mutating func record(
        _ kind: Change.Kind, _ resource: String, _ key: ObjectKey, _ object: JSONValue,
        _ previous: JSONValue?
    ) -> JSONValue {
        let version = baseVersion + Int64(changes.count) + 1
        var object = object
        object["metadata", "resourceVersion"] = .string("\(version)")
        changes.append(
            Change(
                version: version, kind: kind, resource: resource, key: key, object: object,
                previous: previous))
        return object
    }
}
