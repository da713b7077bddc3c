import JSON

/// Which object of a resource: `namespace` is empty for a cluster-wide one.
struct ObjectKey: Hashable, Comparable, Sendable {
    let namespace: String
    let name: String

    static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

/// One write: what a watch delivers. Versions grow by one, over all resources.
struct Change: Sendable {
    let version: Int64
    /// The resource's qualified name, as `leases.coordination.k8s.io`.
    let resource: String
    let key: ObjectKey
    /// The object as written; of a deletion its last state, with the deletion's version.
    let object: JSONValue
    /// nil: the object is new.
    let previous: JSONValue?
    let isDeletion: Bool
}

/// All objects and the recent changes: a value, so that a write in the making is a copy of it.
struct Objects: Sendable {
    /// Changes kept for watches; who asks for older ones is told 410 and lists again.
    static let historyLengthMax = 1_024

    private var current: [String: [ObjectKey: JSONValue]] = [:]
    private var history: [Change] = []

    /// The version of the last write.
    var version: Int64 { history.last?.version ?? 0 }
    private var oldestVersion: Int64 { history.first?.version ?? 1 }
    /// Whether the history has every version from its oldest on.
    var isUnbroken: Bool { history.count == version - oldestVersion + 1 }
    var resources: [String] { current.keys.sorted() }

    func object(_ resource: String, _ key: ObjectKey) -> JSONValue? { current[resource]?[key] }

    func all(_ resource: String) -> [ObjectKey: JSONValue] { current[resource] ?? [:] }

    /// The objects of a resource in order of namespace and name, as they were at `wanted`, or now.
    ///
    /// Throws `Expired` (410) when that is too long ago.
    func list(
        _ resource: String, at wanted: Int64? = nil
    ) throws -> [(key: ObjectKey, value: JSONValue)] {
        var found = all(resource)
        let later = try changes(after: wanted ?? version)
        for change in later.reversed() where change.resource == resource {
            found[change.key] = change.previous
        }
        return found.sorted { $0.key < $1.key }
    }

    /// All changes after a version. Throws `Expired` (410) when that is too long ago, or to come.
    func changes(after cursor: Int64) throws -> ArraySlice<Change> {
        guard cursor >= oldestVersion - 1, cursor <= version else {
            throw APIError(410, "too old resource version: \(cursor) (\(oldestVersion))")
        }
        return history[Int(cursor - (oldestVersion - 1))...]
    }

    /// Writes an object and returns it with its new version.
    @discardableResult
    mutating func put(_ resource: String, _ key: ObjectKey, _ object: JSONValue) -> JSONValue {
        record(resource, key, object, at: version + 1)
    }

    /// Removes an object; traps when there is none.
    mutating func delete(_ resource: String, _ key: ObjectKey) {
        record(resource, key, nil, at: version + 1)
    }

    /// Writes an object, or removes it when there is none to write, at the version given.
    @discardableResult
    mutating func record(
        _ resource: String, _ key: ObjectKey, _ written: JSONValue?, at version: Int64
    ) -> JSONValue {
        let previous = object(resource, key)
        guard var object = written ?? previous else {
            preconditionFailure("\(resource) \(key) is deleted but not there")
        }
        object["metadata", "resourceVersion"] = .string("\(version)")
        current[resource, default: [:]][key] = written == nil ? nil : object
        history.append(
            Change(
                version: version, resource: resource, key: key, object: object, previous: previous,
                isDeletion: written == nil))
        return object
    }

    /// Forgets the changes that are too long ago, and returns them.
    mutating func trim() -> ArraySlice<Change> {
        let forgotten = history.prefix(max(0, history.count - Self.historyLengthMax))
        history.removeFirst(forgotten.count)
        return forgotten
    }
}
