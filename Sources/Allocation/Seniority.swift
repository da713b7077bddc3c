/// The order in which services are served: the older first.
struct Seniority: Equatable, Comparable, Sendable {
    private let created: Int64
    private let request: Boxed<ServiceRequest>

    init(_ request: Boxed<ServiceRequest>) {
        created = request.value.created
        self.request = request
    }

    var key: ServiceKey { request.value.key }

    static func < (left: Seniority, right: Seniority) -> Bool {
        if left.created != right.created { return left.created < right.created }
        let (left, right) = (left.request.value, right.request.value)
        return left.uid != right.uid ? left.uid < right.uid : left.key < right.key
    }

    static func == (left: Seniority, right: Seniority) -> Bool {
        left.created == right.created && left.request.value.uid == right.request.value.uid
            && left.key == right.key
    }
}
