import Addressing
import Testing
import Timing

@testable import Allocation

/// X7: any order of the same events ends in a valid state.
@Suite struct OrderTests {
    /// Services that get in each other's way, edits, deletions and changes of pools.
    private static func events() throws -> [AllocationEvent] {
        let pools = [
            try pool("lab", "192.0.2.1-192.0.2.3", "2001:db8::1-2001:db8::2"),
            try pool("spare", "198.51.100.1") { $0.autoAssign = false },
        ]
        let first = try addresses("192.0.2.1")
        func service(
            _ number: Int, _ change: (inout ServiceRequest) -> Void = { _ in }
        ) -> AllocationEvent {
            var request = ServiceRequest(
                key: ServiceKey(namespace: "ns\(number % 2)", name: "s\(number)"),
                uid: "\(number)", created: Int64(number), ports: [ServicePort("TCP", number % 3)])
            change(&request)
            return .serviceChanged(request)
        }
        return [
            service(1), service(2) { $0.wish.addresses = first },
            service(3) { $0.wish = AddressWish(addresses: first, sharingKey: "k") },
            service(4) { $0.wish.sharingKey = "k" },
            service(5) {
                $0.families = [.ipv4, .ipv6]
                $0.familyPolicy = .requireDualStack
            },
            service(6) {
                $0.families = [.ipv6, .ipv4]
                $0.familyPolicy = .preferDualStack
            },
            service(7) { $0.wish.pool = "spare" }, service(8) { $0.wish.pool = "spare" },
            service(9), service(1) { $0.wish.sharingKey = "k" }, service(2) { $0.isOurs = false },
            .serviceRemoved(ServiceKey(namespace: "ns1", name: "s9")),
            .poolsChanged(PoolSet(Array(pools.prefix(1)))), .poolsChanged(PoolSet(pools)),
            .poolsChanged(PoolSet([try pool("lab", "192.0.2.1-192.0.2.2", "2001:db8::1")])),
            .addressProbed(first[0], .taken(by: try LinkAddress("02:00:00:00:00:09"))),
        ]
    }

    /// Carries the events out with probes answered late and at random.
    private func run(_ events: [AllocationEvent], _ numbers: inout Numbers) -> Allocator {
        var allocator = Allocator()
        var probed: [IPAddress] = []
        func feed(_ event: AllocationEvent) {
            for case .probe(let addresses) in allocator.handle(event, at: .zero) {
                probed += addresses
            }
        }
        feed(.namespacesChanged([:]))
        feed(.servicesListed([]))
        feed(.poolsChanged(PoolSet()))
        for event in events {
            feed(event)
            if numbers.next(below: 2) == 0, !probed.isEmpty {
                feed(.addressProbed(probed.removeFirst(), .free))
            }
        }
        while !probed.isEmpty { feed(.addressProbed(probed.removeFirst(), .free)) }
        return allocator
    }

    @Test func x7ThousandShufflesEndInAValidState() throws {
        var numbers = Numbers(state: 7)
        let events = try Self.events()
        for round in 0..<1000 {
            let order = numbers.shuffled(events)
            var allocator = run(order, &numbers)
            let violations = allocator.checkInvariants()
            #expect(violations == [], "round \(round)")
            let held = allocator.addresses
            let requests = allocator.services.elements.map(\.request)
            let effects = allocator.handle(.servicesListed(requests), at: .zero)
            #expect(allocator.addresses == held, "round \(round): \(effects)")
        }
    }

    /// Three services and one address: every order, and each order of going.
    @Test func x7EveryOrderOfASmallCaseServesTheOldestWaiter() throws {
        let names = ["a", "b", "c"]
        for order in Self.permutations(of: names) {
            for going in Self.permutations(of: names) {
                var cluster = Cluster(pools: [try pool("lab", "192.0.2.1")])
                for name in order {
                    cluster.apply(name) { $0.created = Int64(names.firstIndex(of: name) ?? 0) }
                }
                var left = names
                var holder = order[0]
                for name in going {
                    #expect(left.filter { cluster.seen($0) == "192.0.2.1" } == [holder])
                    cluster.delete(name)
                    left.removeAll { $0 == name }
                    if name == holder { holder = left.first ?? "" }
                }
                #expect(cluster.violations == [])
            }
        }
    }

    /// A list in any order adopts alike, duplicates repaired.
    @Test func x7EveryOrderOfAListAdoptsAlike() throws {
        let shown = try addresses("192.0.2.1", "192.0.2.2", "192.0.2.1", "203.0.113.1")
        let requests = shown.enumerated().map { index, address in
            ServiceRequest(
                key: ServiceKey(namespace: "default", name: "s\(index)"), uid: "\(index)",
                created: 0,
                shown: ShownAllocation(addresses: [address], allocatedFrom: "lab"))
        }
        let pools = PoolSet([try pool("lab", "192.0.2.1-192.0.2.4")])
        var seen: Set<[AllocationEffect]> = []
        for order in Self.permutations(of: requests) {
            var allocator = Allocator()
            var effects = allocator.handle(.poolsChanged(pools), at: .zero)
            effects += allocator.handle(.servicesListed(order), at: .zero)
            effects += allocator.handle(.namespacesChanged([:]), at: .zero)
            seen.insert(effects)
        }
        #expect(seen.count == 1)
    }

    private static func permutations<Element>(of list: [Element]) -> [[Element]] {
        guard !list.isEmpty else { return [[]] }
        return list.indices.flatMap { index in
            var rest = list
            let element = rest.remove(at: index)
            return permutations(of: rest).map { [element] + $0 }
        }
    }
}
