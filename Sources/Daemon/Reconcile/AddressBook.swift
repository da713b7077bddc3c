import Addressing
import Allocation
import Kubernetes
import Ownership

/// The addresses that Services show as ours, who holds each, and the facts last told about them.
///
/// The API is the authority: an address exists here when a Service's status shows it, with our
/// annotation, and a pool covers it. Every daemon derives the same from the same objects.
struct AddressBook: Sendable {
    /// What became stale since the last `update`.
    private enum Outdated: Sendable {
        case some(Set<IPAddress>)
        case all
    }

    /// The Services that show each address, sorted.
    private(set) var holders: [IPAddress: [NamespacedName]] = [:]
    private var shown: [NamespacedName: [IPAddress]] = [:]
    /// What the segment loop was told.
    private(set) var facts: [IPAddress: AddressFacts] = [:]
    /// The Services of addresses that are known from before the start only.
    private var recalled: [IPAddress: [NamespacedName]] = [:]
    private var outdated = Outdated.all
    private var isFirst = true

    /// What is to be told of the difference.
    enum Update {
        case first([AddressFacts])
        case changed([AddressFacts], removed: [IPAddress])
        case unchanged
    }

    /// Sorted.
    func services(holding address: IPAddress) -> [NamespacedName] {
        recalled[address] ?? holders[address] ?? []
    }

    /// Takes over what was known before the start, until the first `update`.
    mutating func recall(_ known: [LastKnown.Address]) {
        for address in known {
            facts[address.facts.address] = address.facts
            recalled[address.facts.address] = address.services
        }
        isFirst = false
    }

    mutating func outdateEverything() {
        outdated = .all
    }

    mutating func outdate(addressesOf services: some Sequence<NamespacedName>) {
        outdate(services.flatMap { shown[$0] ?? [] })
    }

    /// Takes in what one Service shows now; nil when it is gone or not ours.
    mutating func show(_ addresses: [IPAddress]?, by service: NamespacedName) {
        let before = shown[service] ?? []
        let after = addresses ?? []
        for address in before where !after.contains(address) {
            holders[address]?.removeAll { $0 == service }
            if holders[address]?.isEmpty == true { holders[address] = nil }
        }
        for address in after { hold(address, by: service) }
        shown[service] = after.isEmpty ? nil : after
        // Traffic policy, selector or labels may have changed under an address that stays.
        outdate(before + after)
    }

    private mutating func hold(_ address: IPAddress, by service: NamespacedName) {
        let known = holders[address] ?? []
        guard !known.contains(service) else { return }
        holders[address] = (known + [service]).sorted()
    }

    private mutating func outdate(_ addresses: [IPAddress]) {
        guard case .some(let known) = outdated else { return }
        outdated = .some(known.union(addresses))
    }

    /// Derives the facts of whatever is outdated and says what differs from what was told.
    ///
    /// - Parameter derive: the facts of one address; nil when no pool covers it.
    mutating func update(
        _ derive: (IPAddress, _ holders: [NamespacedName]) -> AddressFacts?
    ) -> Update {
        recalled = [:]
        let addresses: [IPAddress] =
            switch outdated {
            case .all: Set(holders.keys).union(facts.keys).sorted()
            case .some(let some): some.sorted()
            }
        outdated = .some([])
        var changed: [AddressFacts] = []
        var removed: [IPAddress] = []
        var last: AddressFacts?
        for address in addresses {
            var new = holders[address].flatMap { derive(address, $0) }
            new?.share(last)
            last = new ?? last
            guard new != facts[address] else { continue }
            facts[address] = new
            if let new { changed.append(new) } else { removed.append(address) }
        }
        if isFirst {
            isFirst = false
            return .first(changed)
        }
        return changed.isEmpty && removed.isEmpty
            ? .unchanged : .changed(changed, removed: removed)
    }
}

extension AddressFacts {
    /// Takes what is equal from another address's, so that thousands with the same nodes keep one list
    /// of them.
    fileprivate mutating func share(_ other: AddressFacts?) {
        guard let other else { return }
        if eligibility == other.eligibility { eligibility = other.eligibility }
        if preferences == other.preferences { preferences = other.preferences }
    }
}
