import Kubernetes

/// The newest known state of every object of one kind, as its feed tells it.
struct ObjectStore<Object: Resource & Equatable>: Sendable {
    private(set) var objects: [NamespacedName: Object] = [:]
    /// A complete list was read at least once.
    private(set) var isSynced = false
    /// The feed is broken: what is here may be out of date.
    private(set) var isInterrupted = false

    /// What a feed changed: the objects that are new, different or gone, by name.
    enum Change {
        /// The whole list was read; what is not in it is gone.
        case listed(changed: [NamespacedName])
        case object(NamespacedName)
        /// Only whether the view is up to date.
        case freshness
        /// Nothing: an object that is older than what is known, or equal to it.
        case nothing
    }

    mutating func apply(_ feed: Feed<Object>) -> Change {
        switch feed {
        case .snapshot(let listed):
            return .listed(changed: replace(with: listed))
        case .changed(let object):
            let name = object.namespacedName
            if let known = objects[name], known == object || Self.isNewer(known, than: object) {
                return .nothing
            }
            objects[name] = object
            return .object(name)
        case .removed(let object):
            objects[object.namespacedName] = nil
            return .object(object.namespacedName)
        case .interrupted:
            isInterrupted = true
            return .freshness
        case .resumed:
            isInterrupted = false
            return .freshness
        }
    }

    /// Takes in what a write answered, unless the feed has told newer already.
    mutating func adopt(_ object: Object) -> Bool {
        guard let known = objects[object.namespacedName],
            known.metadata.uid == object.metadata.uid, !Self.isNewer(known, than: object)
        else { return false }
        objects[object.namespacedName] = object
        return true
    }

    private mutating func replace(with listed: [Object]) -> [NamespacedName] {
        // A list may have been read before a write of ours whose answer came first.
        let newest = listed.map { object in
            guard let known = objects[object.namespacedName], Self.isNewer(known, than: object)
            else { return object }
            return known
        }
        let fresh = Dictionary(
            newest.map { ($0.namespacedName, $0) }, uniquingKeysWith: { $1 })
        let gone = objects.keys.filter { fresh[$0] == nil }
        let changed = fresh.filter { objects[$0.key] != $0.value }.map(\.key)
        objects = fresh
        isSynced = true
        isInterrupted = false
        return (gone + changed).sorted()
    }

    /// Resource versions of one kind grow with each write; one that is no number cannot be judged.
    private static func isNewer(_ left: Object, than right: Object) -> Bool {
        guard left.metadata.uid == right.metadata.uid,
            let leftVersion = UInt64(left.metadata.resourceVersion),
            let rightVersion = UInt64(right.metadata.resourceVersion)
        else { return false }
        return leftVersion > rightVersion
    }
}
