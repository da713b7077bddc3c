import HTTPServing

/// Which objects a request is about: a path of the API, resolved.
struct RequestTarget: Sendable {
    let resource: Resource
    /// nil: cluster-wide, or all namespaces.
    let namespace: String?
    /// nil: the collection.
    let name: String?
    let isStatus: Bool

    /// The key of the one object; `name` stands in for a collection's missing one.
    func key(_ name: String) -> ObjectKey { ObjectKey(namespace: namespace ?? "", name: name) }

    /// Throws 404 for a path that names nothing served here.
    init(_ path: [String]) throws(APIError) {
        let group: String
        var rest: ArraySlice<String>
        switch (path.first, path.count) {
        case ("api", 3...):
            group = ""
            rest = path.dropFirst(2)
        case ("apis", 4...):
            group = path[1]
            rest = path.dropFirst(3)
        default: throw .noSuchPath
        }
        guard path[path.startIndex + (group.isEmpty ? 1 : 2)] == "v1" else { throw .noSuchPath }
        var namespace: String?
        let scoped = Array(rest)
        if scoped.first == "namespaces", scoped.count >= 3,
            !["status", "finalize"].contains(scoped[2])
        {
            namespace = scoped[1]
            rest = rest.dropFirst(2)
        }
        guard let plural = rest.popFirst(), let found = Resource.named(plural, group: group),
            found.isNamespaced || namespace == nil
        else { throw .noSuchPath }
        resource = found
        self.namespace = namespace
        name = rest.popFirst()
        let subresource = rest.popFirst()
        isStatus = subresource == "status"
        guard rest.isEmpty, subresource == nil || isStatus && found.hasStatus else {
            throw .noSuchPath
        }
        // One object of a namespaced kind always has a namespace in its path.
        guard name == nil || !found.isNamespaced || namespace != nil else { throw .noSuchPath }
    }
}
