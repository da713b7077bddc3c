import Naming

/// What the namespaces are labelled with; the rule whether a pool is for a service.
struct Admission: Sendable {
    /// Labels by namespace; nil until they were read once.
    private(set) var labels: [String: [String: String]]?

    /// Namespaces whose labels differ from before, sorted.
    mutating func replace(_ new: [String: [String: String]]) -> [String] {
        let old = labels ?? [:]
        labels = new
        return Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted()
    }

    /// Why the pool is not for the service; nil: it is. One clause about the pool.
    ///
    /// `namespaces` and `namespaceSelectors` are united, one of `serviceSelectors` must match, and
    /// both kinds must hold.
    func refusal(of pool: Pool, for boxed: Boxed<ServiceRequest>) -> String? {
        guard pool.selectsServices else { return nil }
        let request = boxed.value
        let namespace = request.key.namespace
        if !pool.namespaces.isEmpty || !pool.namespaceSelectors.isEmpty {
            guard
                pool.namespaces.contains(namespace)
                    || pool.namespaceSelectors.contains(where: { $0.matches(labels(of: namespace)) }
                    )
            else {
                return "is not for namespace \(namespace)"
            }
        }
        guard
            pool.serviceSelectors.isEmpty
                || pool.serviceSelectors.contains(where: { $0.matches(request.labels) })
        else {
            return "has serviceSelectors that do not match the service's labels"
        }
        return nil
    }

    /// Every namespace carries its name as a label, as the API server sees to.
    private func labels(of namespace: String) -> [String: String] {
        var found = labels?[namespace] ?? [:]
        found["kubernetes.io/metadata.name"] = found["kubernetes.io/metadata.name"] ?? namespace
        return found
    }
}
