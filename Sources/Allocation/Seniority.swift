/// The order in which services are served: the older first.
struct Seniority: Equatable, Comparable, Sendable {
    let created: Int64
    let uid: String
    let key: ServiceKey

    init(_ request: ServiceRequest) {
        created = request.created
        uid = request.uid
        key = request.key
    }

    static func < (left: Seniority, right: Seniority) -> Bool {
        if left.created != right.created { return left.created < right.created }
        return left.uid != right.uid ? left.uid < right.uid : left.key < right.key
    }
}
