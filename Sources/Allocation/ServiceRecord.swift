import Addressing

/// What the allocator keeps of one service.
struct ServiceRecord: Sendable {
    private var boxedRequest: Boxed<ServiceRequest>
    private var boxedSent: Boxed<ServiceDecision>?
    /// What it shall have, primary family first; all held in the book, some perhaps being probed.
    var target: [IPAddress] = []
    /// What it had and keeps until every address of `target` is probed.
    var leaving: [IPAddress] = []
    /// Why it does not have all it asks for; nil: it does.
    var refusal: AllocationCondition?
    /// False until it was decided on for the first time: its shown addresses count as held.
    var isDecided = false

    init(_ request: ServiceRequest) {
        boxedRequest = Boxed(request)
    }

    var request: ServiceRequest {
        get { boxedRequest.value }
        set { boxedRequest = Boxed(newValue) }
    }

    /// The last write asked for that the object does not show yet.
    var sent: ServiceDecision? {
        get { boxedSent?.value }
        set { boxedSent = newValue.map(Boxed.init) }
    }

    var seniority: Seniority { Seniority(boxedRequest.value) }

    /// What it holds, what works first.
    var claims: [IPAddress] { leaving + target }
}

extension ServiceRequest {
    /// The families it shall have addresses of, primary first.
    var wantedFamilies: [AddressFamily] {
        familyPolicy == .singleStack ? Array(families.prefix(1)) : families
    }
}

extension Collection where Element == IPAddress {
    func first(of family: AddressFamily) -> IPAddress? { first { $0.family == family } }
}
