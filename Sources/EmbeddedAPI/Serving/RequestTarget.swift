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
    init(_ path: [String]) throws {
        let isCore = path.first == "api"
        let group = isCore ? "" : path.dropFirst().first ?? ""
        var rest = path.dropFirst(isCore ? 1 : 2)
        guard isCore || path.first == "apis", rest.popFirst() == "v1" else {
            throw APIError.noSuchPath
        }
        // A namespace is an object too: "namespaces/a", "namespaces/a/status".
        let isScoped =
            rest.count >= 3 && rest.first == "namespaces" && rest.dropFirst(2).first != "status"
        namespace = isScoped ? rest.dropFirst().first : nil
        if isScoped { rest = rest.dropFirst(2) }
        let plural = rest.popFirst()
        guard let found = Resource.all.first(where: { $0.plural == plural && $0.group == group })
        else { throw APIError.noSuchPath }
        resource = found
        name = rest.popFirst()
        let subresource = rest.popFirst()
        isStatus = subresource == "status"
        // One object of a namespaced kind always has a namespace in its path.
        guard rest.isEmpty, subresource == nil || isStatus && found.hasStatus,
            found.isNamespaced ? name == nil || isScoped : !isScoped
        else { throw APIError.noSuchPath }
    }
}
