import Addressing
import Timing

@testable import Allocation

/// A cluster around one allocator: keeps Service objects as an API server does, carries writes
/// into them, answers probes, and checks the allocator after every event.
struct Cluster {
    var allocator: Allocator
    var now = Instant(nanoseconds: 1_000_000_000_000)
    private(set) var objects: [ServiceKey: ServiceRequest] = [:]
    /// Hosts that answer for addresses.
    var rivals: [IPAddress: LinkAddress] = [:]
    /// False: probes stay unanswered until `answerProbes`.
    var answersProbes = true
    private(set) var probed: [IPAddress] = []
    private var unanswered: [IPAddress] = []
    private(set) var writes: [ServiceDecision] = []
    private(set) var events: [ServiceEvent] = []
    private(set) var retained: [RetainedAddress] = []
    /// Everything that `checkInvariants` found, after whichever event.
    private(set) var violations: [String] = []
    private var uids = 0
    private var namespaces: [String: [String: String]] = ["default": [:]]
    private var files: [Pool]

    private let probesAhead: Int

    init(
        pools: [Pool], probesAhead: Int = Allocator.probesAheadDefault,
        rivals: [IPAddress: LinkAddress] = [:]
    ) {
        self.rivals = rivals
        self.probesAhead = probesAhead
        allocator = Allocator(probesAhead: probesAhead)
        files = pools
        feed(.poolsChanged(PoolSet(pools)))
        feed(.namespacesChanged(namespaces))
        feed(.servicesListed([]))
    }

    /// Feeds one event and what follows from it until all is quiet.
    mutating func feed(_ event: AllocationEvent) {
        var queue = [event]
        var count = 0
        while !queue.isEmpty {
            count += 1
            guard count < 10_000 else {
                violations.append("the cluster does not come to rest")
                return
            }
            let event = queue.removeFirst()
            for effect in allocator.handle(event, at: now) { carryOut(effect, &queue) }
            violations += allocator.checkInvariants()
        }
    }

    private mutating func carryOut(_ effect: AllocationEffect, _ queue: inout [AllocationEvent]) {
        switch effect {
        case .probe(let addresses):
            probed += addresses
            if answersProbes {
                queue += addresses.map { .addressProbed($0, outcome(of: $0)) }
            } else {
                unanswered += addresses
            }
        case .write(let decision):
            writes.append(decision)
            guard var object = objects[decision.service], object.uid == decision.uid else { return }
            object.shown =
                decision.condition == nil ? ShownAllocation() : ShownAllocation(decision)
            object.shown.addresses += decision.foreign
            objects[decision.service] = object
            queue.append(.serviceChanged(object))
        case .emitEvent(let event):
            events.append(event)
        case .retainedChanged(let list):
            retained = list
        case .allocationsChanged:
            break
        }
    }

    private func outcome(of address: IPAddress) -> ProbeOutcome {
        rivals[address].map { .taken(by: $0) } ?? .free
    }

    mutating func answerProbes() {
        let addresses = unanswered
        unanswered = []
        for address in addresses { feed(.addressProbed(address, outcome(of: address))) }
    }

    // MARK: - What users do

    /// Creates the service or changes what `change` touches.
    mutating func apply(
        _ name: String, namespace: String = "default",
        _ change: (inout ServiceRequest) -> Void = { _ in }
    ) {
        let key = ServiceKey(namespace: namespace, name: name)
        var object = objects[key] ?? newObject(key)
        change(&object)
        objects[key] = object
        feed(.serviceChanged(object))
    }

    private mutating func newObject(_ key: ServiceKey) -> ServiceRequest {
        uids += 1
        return ServiceRequest(
            key: key, uid: "uid-\(uids + 1000)", created: Int64(uids),
            ports: [ServicePort("TCP", 80)])
    }

    mutating func delete(_ name: String, namespace: String = "default") {
        let key = ServiceKey(namespace: namespace, name: name)
        objects[key] = nil
        feed(.serviceRemoved(key))
    }

    mutating func setPools(_ pools: [Pool]) {
        files = pools
        feed(.poolsChanged(PoolSet(pools)))
    }

    mutating func label(namespace: String, _ labels: [String: String]) {
        namespaces[namespace] = labels
        feed(.namespacesChanged(namespaces))
    }

    /// Lets time pass, waking the allocator whenever it asks to be.
    mutating func wait(_ duration: Duration) {
        let end = now + duration
        while let deadline = allocator.nextDeadline, deadline <= end {
            now = max(now, deadline)
            feed(.deadlineReached)
        }
        now = end
        feed(.deadlineReached)
    }

    /// Another process takes over, knowing only what the API server and the files say.
    mutating func restart(listing order: ([ServiceRequest]) -> [ServiceRequest] = { $0 }) {
        allocator = Allocator(probesAhead: probesAhead)
        feed(.retainedRead(retained))
        feed(.poolsChanged(PoolSet(files)))
        feed(.namespacesChanged(namespaces))
        relist(order)
    }

    mutating func relist(_ order: ([ServiceRequest]) -> [ServiceRequest] = { $0 }) {
        let sorted = objects.values.sorted { $0.key < $1.key }
        feed(.servicesListed(order(sorted)))
    }

    /// Changes objects while no allocator looks.
    mutating func behindItsBack(_ change: (inout [ServiceKey: ServiceRequest]) -> Void) {
        change(&objects)
    }

    // MARK: - What users see

    /// `192.0.2.16`, `192.0.2.16 2001:db8::1`, or the reason why there is none; both, joined by
    /// ` / `, when a service with an address waits. `-`: nothing was written.
    func seen(_ name: String, namespace: String = "default") -> String {
        guard let shown = objects[ServiceKey(namespace: namespace, name: name)]?.shown else {
            return "gone"
        }
        let addresses = shown.addresses.map(\.description).joined(separator: " ")
        guard let condition = shown.condition else { return addresses.isEmpty ? "-" : addresses }
        guard condition.reason != .allocated else { return addresses }
        return addresses.isEmpty
            ? condition.reason.rawValue : "\(addresses) / \(condition.reason.rawValue)"
    }

    func message(_ name: String, namespace: String = "default") -> String {
        objects[ServiceKey(namespace: namespace, name: name)]?.shown.condition?.message ?? ""
    }

    func pool(_ name: String, namespace: String = "default") -> String? {
        objects[ServiceKey(namespace: namespace, name: name)]?.shown.allocatedFrom
    }

    func eventReasons(_ name: String) -> [String] {
        events.filter { $0.service.name == name }.map(\.reason.rawValue)
    }
}

/// Short forms for tables; a text that does not parse fails the test.
func address(_ text: String) throws -> IPAddress { try IPAddress(text) }

func addresses(_ texts: String...) throws -> [IPAddress] { try texts.map { try IPAddress($0) } }

/// A pool of these ranges; the rest as given by `change`.
func pool(
    _ name: String, _ ranges: String..., change: (inout Pool) -> Void = { _ in }
) throws -> Pool {
    var pool = Pool(name: name, ranges: try ranges.map { try AddressRange($0) })
    pool.retain = .zero
    change(&pool)
    return pool
}
