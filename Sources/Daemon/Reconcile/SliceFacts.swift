import Kubernetes

/// All of an EndpointSlice that any decision rests on: a node keeps it of every slice there is.
struct SliceFacts: KeptObject {
    /// Nil for a slice that belongs to none.
    let service: NamespacedName?
    /// `IPv4`, `IPv6` or `FQDN`.
    let addressType: String
    /// An endpoint takes traffic, on whatever node.
    let hasEndpoint: Bool
    /// The nodes that have such an endpoint, ascending.
    let nodes: [String]

    init(keeping slice: EndpointSlice) {
        service = slice.service
        addressType = slice.addressType
        let endpoints = slice.endpoints.filter(\.conditions.takesTraffic)
        hasEndpoint = !endpoints.isEmpty
        nodes = Set(endpoints.map(\.nodeName).filter { !$0.isEmpty }).sorted()
    }

    // Nobody here writes slices, so what the feed tells last is the newest.
    var uid: String { "" }
    var resourceVersion: String { "" }
}

extension EndpointConditions {
    /// Ready, with absent meaning yes, or still serving while it terminates.
    var takesTraffic: Bool { (ready ?? true) || (serving ?? false) }
}
