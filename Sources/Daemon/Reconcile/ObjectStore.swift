import Kubernetes

/// The newest known state of every object of one kind, as its feed tells it.
struct ObjectStore<Kept: KeptObject>: Sendable {
    private(set) var objects: [NamespacedName: Kept] = [:]
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

    mutating func apply(_ feed: Feed<Kept.Object>) -> Change {
        switch feed {
        case .snapshot(let listed):
            return .listed(changed: replace(with: listed))
        case .changed(let object):
            let name = object.namespacedName
            let object = Kept(keeping: object)
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
    mutating func adopt(_ object: Kept.Object) -> Bool {
        let name = object.namespacedName
        let object = Kept(keeping: object)
        guard let known = objects[name], known.uid == object.uid,
            !Self.isNewer(known, than: object)
        else { return false }
        objects[name] = object
        return true
    }

    private mutating func replace(with listed: [Kept.Object]) -> [NamespacedName] {
        var fresh: [NamespacedName: Kept] = [:]
        fresh.reserveCapacity(listed.count)
        for object in listed {
            let name = object.namespacedName
            let object = Kept(keeping: object)
            // A list may have been read before a write of ours whose answer came first.
            let known = objects[name].flatMap { Self.isNewer($0, than: object) ? $0 : nil }
            fresh[name] = known ?? object
        }
        let gone = objects.keys.filter { fresh[$0] == nil }
        let changed = fresh.filter { objects[$0.key] != $0.value }.map(\.key)
        objects = fresh
        isSynced = true
        isInterrupted = false
        return (gone + changed).sorted()
    }

    /// Resource versions of one kind grow with each write; one that is no number cannot be judged.
    private static func isNewer(_ left: Kept, than right: Kept) -> Bool {
        guard left.uid == right.uid, let leftVersion = UInt64(left.resourceVersion),
            let rightVersion = UInt64(right.resourceVersion)
        else { return false }
        return leftVersion > rightVersion
    }
}
