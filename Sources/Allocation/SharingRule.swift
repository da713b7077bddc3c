/// Why two services may not hold one address; nil means that they may.
///
/// 1. Equal sharing keys, not empty.
/// 2. No common protocol and port.
/// 3. Traffic policies: Cluster with Cluster; Local with Local of the same selector.
enum SharingRefusal: Hashable, Sendable {
    /// One of them does not share, or under another key.
    case keysDiffer
    case commonPort(ServicePort)
    case policiesDiffer
    case selectorsDiffer

    init?(_ left: ServiceRequest, _ right: ServiceRequest) {
        guard let key = left.wish.sharingKey, key == right.wish.sharingKey else {
            self = .keysDiffer
            return
        }
        if let port = left.ports.filter(right.ports.contains).min() {
            self = .commonPort(port)
            return
        }
        guard left.trafficPolicy == right.trafficPolicy else {
            self = .policiesDiffer
            return
        }
        guard left.trafficPolicy == .cluster || left.selector == right.selector else {
            self = .selectorsDiffer
            return
        }
        return nil
    }

    /// Completes "address 192.0.2.1 cannot be shared with default/web: …".
    var why: String {
        switch self {
        case .keysDiffer: "the sharing keys differ"
        case .commonPort(let port): "both use \(port)"
        case .policiesDiffer: "one has externalTrafficPolicy Local, the other Cluster"
        case .selectorsDiffer: "with externalTrafficPolicy Local the selectors must be equal"
        }
    }
}
