import Addressing
import Allocation
import Kubernetes
import Ownership
import PoolFile
import Status
import Timing
import Wire

extension Reconciler {
    /// Everything that `heraldctl status` shows.
    func status(at now: Instant, _ facts: SegmentFacts = SegmentFacts()) -> DaemonStatus {
        DaemonStatus(
            node: configuration.node, role: isLeader ? .leader : .member, leader: leader,
            api: APIStatus(
                connected: cluster.isSynced && !cluster.isInterrupted, server: configuration.server,
                staleSeconds: staleSeconds(at: now),
                requests: facts.apiRequests.map { kind, count in
                    Status.APIStatus.RequestCount(
                        verb: kind.verb.rawValue, resource: kind.resource, count: count)
                }),
            pools: poolUsage.map(PoolStatus.init), addresses: addressStatuses(at: now),
            members: members(facts, at: now), pending: pending, problems: problems(facts, at: now),
            isDrained: facts.isDrained, hellos: HelloCounts(facts.hellos))
    }

    /// A leader's own count; anybody else counts what Services show.
    private var poolUsage: [PoolUsage] {
        guard !hasStartedAllocating, let pools else { return allocator.poolUsage }
        var counter = Allocator(probesAhead: 0)
        let holders = cluster.requests(class: configuration.serviceClass).filter {
            $0.shown.allocatedFrom != nil
        }
        // Nothing is carried out: only holders are known, so nothing is decided either. Who may
        // hold is not asked: that rests on labels which only a leader reads.
        let open = PoolSet(pools.pools.pools.map(\.forEverybody))
        let events: [AllocationEvent] = [
            .poolsChanged(open), .namespacesChanged([:]), .servicesListed(holders),
        ]
        for event in events { _ = counter.handle(event, at: .zero) }
        return counter.poolUsage
    }

    /// Sorted by name; the age of a hello is that of the last one, not of the last report.
    private func members(_ facts: SegmentFacts, at now: Instant) -> [Status.MemberStatus] {
        segment.members.values.sorted { $0.node < $1.node }.map { member in
            var member = member
            member.lastHeard = facts.hellos.lastHeard[member.node] ?? member.lastHeard
            return Status.MemberStatus(member, addresses: announcedCount(member.node), at: now)
        }
    }

    private func announcedCount(_ node: String) -> Int {
        segment.addresses.values.count { $0.status.isAnnounced && $0.status.owner == node }
    }

    /// Sorted by name; who is not the leader reads the leader's conditions.
    private var pending: [Status.PendingService] {
        guard !hasStartedAllocating else {
            return allocator.pending.map(Status.PendingService.init)
                .sorted { $0.service < $1.service }
        }
        return cluster.requests(class: configuration.serviceClass).compactMap { request in
            guard request.isOurs, let condition = request.shown.condition,
                condition.reason != .allocated
            else { return nil }
            return Status.PendingService(
                service: "\(request.key)", reason: condition.reason.rawValue,
                message: condition.message)
        }
    }

    /// Nil before the first view; 0 while it is followed; since the start, at least, when the view
    /// is from before.
    private func staleSeconds(at now: Instant) -> Int64? {
        staleSince.map { (now - $0).milliseconds / 1_000 } ?? (cluster.isSynced ? 0 : nil)
    }

    /// Allocated addresses and those that are probed or in quarantine, by number.
    private func addressStatuses(at now: Instant) -> [Status.AddressStatus] {
        let allocated = Dictionary(
            uniqueKeysWithValues: allocator.addresses.map { ($0.address, $0) })
        return Set(allocated.keys).union(addressBook.facts.keys).sorted().map { address in
            addressStatus(address, allocated: allocated[address], at: now)
        }
    }

    private func addressStatus(
        _ address: IPAddress, allocated: AllocatedAddress?, at now: Instant
    ) -> Status.AddressStatus {
        let pool = pools?.pools.pool(containing: address)?.name ?? allocated?.pool ?? ""
        let holders = addressBook.services(holding: address).map(\.description)
        let services = holders.isEmpty ? allocated?.services.map(\.description) ?? [] : holders
        if case .quarantined(let foreign, let until) = allocated?.state {
            return Status.AddressStatus(
                address: "\(address)", pool: pool, services: services, state: .quarantined,
                reason: .conflict, mac: "\(foreign)",
                quarantineSeconds: max(0, (until - now).milliseconds / 1_000))
        }
        guard addressBook.facts[address] != nil, let reported = segment.addresses[address] else {
            let isProbing = allocated?.state == .probing
            return Status.AddressStatus(
                address: "\(address)", pool: pool, services: services,
                state: isProbing ? .probing : .unowned, reason: isProbing ? nil : .noCandidate)
        }
        let owned = reported.status
        let isOwner = owned.owner == configuration.node
        let conflict = segment.conflict(about: address, at: now)
        let isConflict = conflict != nil || owned.state == .unowned(.conflict)
        return Status.AddressStatus(
            address: "\(address)", pool: pool, services: services, owner: owned.owner,
            state: isConflict ? .conflict : owned.isAnnounced ? .announced : .unowned,
            reason: isConflict ? .conflict : owned.shownReason,
            mac: conflict.map { "\($0.foreign)" }, epoch: UInt64(owned.epoch),
            since: Timestamp(secondsSince1970: reported.since.microseconds / 1_000_000),
            interface: isOwner ? announcingInterface(address) : nil,
            alarm: segment.alarms[address]?.name)
    }

    private func announcingInterface(_ address: IPAddress) -> String? {
        announcingLinks(address).first?.name
    }

    /// This node's links that announce the address.
    func announcingLinks(_ address: IPAddress) -> [Link] {
        segment.links.announcingLinks(
            for: address, named: addressBook.facts[address]?.interfaces ?? [],
            among: configuration.interfaces)
    }

    /// Another load balancer wrote its ingress: nothing of ours, and no pool covers it.
    private func isForeign(_ request: ServiceRequest) -> Bool {
        request.isOurs && request.shown.allocatedFrom == nil && !request.shown.addresses.isEmpty
            && request.shown.addresses.allSatisfy { pools?.pools.pool(containing: $0) == nil }
    }

    /// Every Service of type LoadBalancer, sorted by name.
    func serviceListing() -> ServiceListing {
        let pending = Dictionary(
            uniqueKeysWithValues: allocator.pending.map { ($0.service, $0) })
        let all = cluster.requests(class: configuration.serviceClass)
        let foreign = Set(all.filter(isForeign).map(\.key))
        let services = all.filter { $0.isOurs || foreign.contains($0.key) }
        return ServiceListing(
            services: services.map { request in
                let waiting = pending[request.key]?.condition ?? request.shown.condition
                return ListedService(
                    service: "\(request.key)",
                    state: foreign.contains(request.key)
                        ? .foreign
                        : waiting?.reason == .allocated ? .allocated : .pending,
                    addresses: request.shown.addresses.map(\.description),
                    pool: request.shown.allocatedFrom, reason: waiting?.reason.rawValue,
                    message: waiting?.message)
            })
    }
}

extension Pool {
    /// The same addresses, for the services of every namespace.
    fileprivate var forEverybody: Pool {
        var pool = self
        pool.namespaces = []
        pool.namespaceSelectors = []
        pool.serviceSelectors = []
        return pool
    }
}

extension OwnedAddress {
    /// What users see of why nobody answers; nil when somebody does.
    fileprivate var shownReason: Status.AddressStatus.Reason? {
        switch state {
        case .announced: nil
        case .unowned(.noEndpoints): .noEndpoints
        case .unowned(.noCommonNode): .noCommonNode
        case .unowned(.noCandidate), .unowned(.noLink): .noCandidate
        case .unowned(.notAnnounced): .notAnnounced
        case .unowned(.conflict): .conflict
        }
    }
}

extension PoolStatus {
    fileprivate init(_ usage: PoolUsage) {
        func counts(_ family: AddressFamily) -> AddressCounts? {
            usage.families.first { $0.family == family }.map { family in
                AddressCounts(
                    total: AddressCount(clamping: family.total),
                    used: AddressCount(clamping: family.used),
                    available: AddressCount(clamping: family.available),
                    quarantined: AddressCount(clamping: family.quarantined))
            }
        }
        self.init(name: usage.pool, ipv4: counts(.ipv4), ipv6: counts(.ipv6))
    }
}

extension Status.PendingService {
    fileprivate init(_ pending: Allocation.PendingService) {
        self.init(
            service: "\(pending.service)", reason: pending.condition.reason.rawValue,
            message: pending.condition.message)
    }
}

extension Status.MemberStatus {
    fileprivate init(_ member: OwnershipMember, addresses: Int, at now: Instant) {
        let state: State =
            switch member.state {
            case .alive: .alive
            case .suspect: .suspect
            case .dead: .dead
            case .leaving: .leaving
            }
        self.init(
            node: member.node, state: state,
            lastHeardMilliseconds: member.lastHeard.map { (now - $0).milliseconds },
            addresses: addresses)
    }
}

extension HelloCounts {
    fileprivate init(_ record: HelloLedger.Record) {
        self.init(
            sent: Int64(record.sent), unsent: Int64(record.unsent),
            received: Int64(record.received),
            refused: record.refused.map {
                Refused(reason: $0.key.rawValue, count: Int64($0.value))
            })
    }
}
