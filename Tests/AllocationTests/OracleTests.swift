import Addressing
import Foundation
import Naming
import Testing
import Timing

@testable import Allocation

/// Random operations on both allocators; they must agree after each one.
@Suite struct OracleTests {
    /// Operations in each of twenty lives; `ORACLE_OPERATIONS=5000` makes it the long run of
    /// 100,000 in all.
    private static let operations =
        ProcessInfo.processInfo.environment["ORACLE_OPERATIONS"].flatMap(Int.init) ?? 500

    @Test(arguments: 1...20)
    func agreesWithTheNaiveAllocator(seed: Int) throws {
        var life = try Life(seed: UInt64(seed))
        for step in 0..<Self.operations {
            let what = life.step()
            let difference = life.difference(comparesReasons: what == "pools")
            #expect(difference == "", "seed \(seed), step \(step), \(what)")
            guard difference == "" else { return }
            if step % 250 == 0 { #expect(life.allocator.checkInvariants() == []) }
        }
    }
}

/// One random sequence of operations, carried out on both.
private struct Life {
    var allocator = Allocator()
    var naive = NaiveAllocator()
    private var numbers: Numbers
    private var now = Instant(nanoseconds: 0)
    private var objects: [ServiceRequest] = []
    private var created = 0

    init(seed: UInt64) throws {
        numbers = Numbers(state: seed)
        naive.now = now
        feed(.poolsChanged(PoolSet()))
        feed(.namespacesChanged([:]))
        feed(.servicesListed([]))
        setPools()
    }

    private mutating func feed(_ event: AllocationEvent) {
        _ = allocator.handle(event, at: now)
    }

    private mutating func chance(_ percent: UInt64) -> Bool { numbers.next(below: 100) < percent }

    private mutating func one<Element>(of list: [Element]) -> Element {
        list[Int(numbers.next(below: UInt64(list.count)))]
    }

    mutating func step() -> String {
        switch numbers.next(below: 100) {
        case 0..<2:
            setPools()
            return "pools"
        case 2..<5:
            naive.labels = [
                "a": ["team": one(of: ["x", "y"])], "b": ["team": one(of: ["x", "y"])],
            ]
            feed(.namespacesChanged(naive.labels))
            naive.reconsider()
            return "labels"
        case 5..<20:
            now = now + .seconds(Int64(numbers.next(below: 40)))
            naive.now = now
            feed(.deadlineReached)
            naive.wake()
            return "time"
        case 20..<40 where !objects.isEmpty:
            let object = objects.remove(at: Int(numbers.next(below: UInt64(objects.count))))
            feed(.serviceRemoved(object.key))
            naive.remove(object.key)
            return "delete \(object.key)"
        case 40..<70 where !objects.isEmpty:
            let index = Int(numbers.next(below: UInt64(objects.count)))
            var object = objects[index]
            change(&object)
            objects[index] = object
            feed(.serviceChanged(objects[index]))
            naive.change(objects[index])
            return "change \(objects[index].key)"
        default:
            let key = ServiceKey(namespace: one(of: ["a", "b"]), name: one(of: names))
            guard !objects.contains(where: { $0.key == key }) else { return "nothing" }
            created += 1
            var object = ServiceRequest(key: key, uid: "\(created)", created: Int64(created / 3))
            change(&object)
            change(&object)
            objects.append(object)
            feed(.serviceChanged(object))
            naive.change(object)
            return "create \(key)"
        }
    }

    private let names = ["p", "q", "r", "s", "t", "u", "v"]
    private let places = [
        "192.0.2.254", "192.0.2.255", "192.0.3.0", "192.0.3.1", "198.51.100.1", "203.0.113.1",
        "2001:db8::1", "2001:db8::2", "2001:db8::3",
    ]

    private mutating func change(_ request: inout ServiceRequest) {
        switch numbers.next(below: 8) {
        case 0:
            request.familyPolicy = one(of: [.singleStack, .preferDualStack, .requireDualStack])
            request.families = one(of: [[.ipv4], [.ipv6], [.ipv4, .ipv6], [.ipv6, .ipv4]])
            fitWish(&request)
        case 1:
            request.wish.pool = one(of: ["one", "two", "three", "none"])
            request.wish.addresses = []
        case 2:
            request.wish.pool = nil
            request.wish.addresses = (try? IPAddress(one(of: places))).map { [$0] } ?? []
            fitWish(&request)
        case 3:
            request.wish.pool = nil
            request.wish.addresses = []
        case 4: request.wish.sharingKey = one(of: [nil, "k", "k", "l"])
        case 5: request.ports = [ServicePort("TCP", Int(numbers.next(below: 4)))]
        case 6: request.trafficPolicy = one(of: [.cluster, .cluster, .local])
        default: request.labels = ["tier": one(of: ["x", "y"])]
        }
    }

    /// A request of a family that the service has not is refused before any choice.
    private func fitWish(_ request: inout ServiceRequest) {
        let families = request.wantedFamilies
        request.wish.addresses.removeAll { !families.contains($0.family) }
    }

    private mutating func setPools() {
        let layouts = [
            [
                ["192.0.2.254-192.0.3.1", "2001:db8::1"], ["198.51.100.1"],
                ["2001:db8::2-2001:db8::3"],
            ],
            [
                ["192.0.2.254", "2001:db8::1-2001:db8::2"], ["192.0.2.255-192.0.3.0"],
                ["203.0.113.1"],
            ],
            [
                ["198.51.100.1", "192.0.2.254-192.0.3.1"],
                ["2001:db8::1-2001:db8::3", "203.0.113.1"],
            ],
        ]
        var pools = zip(["one", "two", "three"], one(of: layouts)).map { name, ranges in
            Pool(name: name, ranges: ranges.compactMap { try? AddressRange($0) })
        }
        for index in pools.indices { vary(&pools[index]) }
        if chance(5) { pools = [] }
        if chance(20) { pools.reverse() }
        naive.pools = pools
        feed(.poolsChanged(PoolSet(pools)))
        naive.reconsider()
    }

    private mutating func vary(_ pool: inout Pool) {
        let selector = LabelSelector(matchLabels: ["team": "x"])
        pool.autoAssign = !chance(20)
        pool.avoidsBuggyAddresses = chance(30)
        pool.priority = one(of: [1, 100])
        pool.isDraining = chance(15)
        pool.quotaPerNamespace = one(of: [nil, nil, 1, 2])
        pool.reuseDelay = one(of: [.zero, .seconds(30)])
        pool.retain = one(of: [.zero, .seconds(50)])
        if chance(20) { pool.namespaces = ["a"] }
        if chance(20) { pool.namespaceSelectors = [selector] }
        if chance(20) { pool.serviceSelectors = [LabelSelector(matchLabels: ["tier": "x"])] }
        if chance(20) { pool.excluded = [pool.ranges[0]].map { AddressRange($0.first) } }
        // Probing is told in stories of its own: the naive allocator knows no waiting for answers.
        pool.announce.isEnabled = false
    }

    /// Where the two differ in who holds what, or in who waits. The reason of a wait is refreshed
    /// only when its cause or everything is looked at anew, so it is compared only then.
    func difference(comparesReasons: Bool) -> String {
        for service in naive.services {
            let key = service.request.key
            let record = allocator.services[key]
            let reason = record?.refusal?.reason ?? .allocated
            let isSameReason =
                comparesReasons
                ? reason == service.reason
                : (reason == .allocated) == (service.reason == .allocated)
            guard record?.target != service.held || !isSameReason else { continue }
            return "\(key): \(record?.target.list ?? "-") \(reason), naive \(service.held.list) "
                + "\(service.reason)"
        }
        return allocator.services.count == naive.services.count ? "" : "number of services"
    }
}
