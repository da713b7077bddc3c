import Addressing

/// What the allocator keeps of one service.
///
/// Nearly every service has one IPv4 address and waits for nothing: all else lies aside.
struct ServiceRecord: Keyed {
    /// On the heap, shared by all that refer to it.
    private(set) var boxedRequest: Boxed<ServiceRequest>
    private var aside: Boxed<Aside>?
    private var packedTarget = PackedAddresses.none
    /// False until it was decided on for the first time: its shown addresses count as held.
    var isDecided = false
    /// What it holds is still to be looked at in this turn, so it binds nobody.
    var isUnconfirmed = false

    private struct Aside: Equatable {
        var leaving: [IPAddress] = []
        var former: [IPAddress] = []
        var refusal: AllocationCondition?
        var sent: ServiceDecision?
    }

    init(_ request: ServiceRequest) {
        boxedRequest = Boxed(request)
    }

    var key: ServiceKey { boxedRequest.value.key }

    var request: ServiceRequest {
        get { boxedRequest.value }
        set { boxedRequest = Boxed(newValue) }
    }

    /// What it shall have, primary family first; all held in the book, some perhaps being probed.
    var target: [IPAddress] {
        get { packedTarget.list }
        set { packedTarget = PackedAddresses(newValue) }
    }

    /// What it had and keeps until every address of `target` is probed.
    var leaving: [IPAddress] {
        get { aside?.value.leaving ?? [] }
        set { if aside != nil || !newValue.isEmpty { changeAside { $0.leaving = newValue } } }
    }

    /// Taken from it, and to be taken out of its status as long as that shows them.
    var former: [IPAddress] {
        get { aside?.value.former ?? [] }
        set { if aside != nil || !newValue.isEmpty { changeAside { $0.former = newValue } } }
    }

    /// Why it does not have all it asks for; nil: it does.
    var refusal: AllocationCondition? {
        get { aside?.value.refusal }
        set { if aside != nil || newValue != nil { changeAside { $0.refusal = newValue } } }
    }

    /// The last write asked for that the object does not show yet.
    var sent: ServiceDecision? {
        get { aside?.value.sent }
        set { changeAside { $0.sent = newValue } }
    }

    private mutating func changeAside(_ body: (inout Aside) -> Void) {
        var new = aside?.value ?? Aside()
        body(&new)
        aside = new == Aside() ? nil : Boxed(new)
    }

    var seniority: Seniority { Seniority(boxedRequest) }

    /// What it holds, what works first.
    var claims: [IPAddress] { aside == nil ? packedTarget.list : leaving + target }

    func holds(_ address: IPAddress) -> Bool {
        packedTarget.contains(address) || aside != nil && leaving.contains(address)
    }
}

extension ServiceRequest {
    /// The families it shall have addresses of, primary first.
    var wantedFamilies: [AddressFamily] {
        familyPolicy == .singleStack && families.count > 1 ? Array(families.prefix(1)) : families
    }
}

extension Collection where Element == IPAddress {
    func first(of family: AddressFamily) -> IPAddress? { first { $0.family == family } }
}
