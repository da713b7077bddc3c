import Addressing
import Allocation
import Kubernetes
import Ownership
import PoolFile
import Timing

/// What the API says, brought together with allocation: which status to write, and which addresses
/// the segment loop has to know.
///
/// A value: events in, effects out. Every daemon keeps the view and tells its segment loop; only
/// the allocating leader's decisions leave as writes, probes and events.
package struct Reconciler: Sendable {
    /// What a daemon is told once.
    package struct Configuration: Hashable, Sendable {
        package let node: String
        package let serviceClass: ServiceClass
        package let ignoresExcludeLabel: Bool
        /// Links that announce where a pool names none.
        package let interfaces: [String]
        /// The API server's URL, for people.
        package let server: String
        /// How many of the next free addresses of each pool and family are probed ahead.
        package let probesAhead: Int

        package init(
            node: String, serviceClass: ServiceClass, ignoresExcludeLabel: Bool = false,
            interfaces: [String] = [], server: String,
            probesAhead: Int = Allocator.probesAheadDefault
        ) {
            self.probesAhead = probesAhead
            self.node = node
            self.serviceClass = serviceClass
            self.ignoresExcludeLabel = ignoresExcludeLabel
            self.interfaces = interfaces
            self.server = server
        }
    }

    package let configuration: Configuration
    var cluster = ClusterView()
    var allocator: Allocator
    var writes = StatusWrites()
    var addressBook = AddressBook()
    var segment = SegmentView()
    var moves: MoveLog
    var helloKeys: HelloKeys
    /// Why the keys of hellos cannot be read, while there are none.
    var helloKeyProblem: KubernetesError?
    var retained = RetainedRecord()
    var recollection: Recollection
    package private(set) var isLeader = false
    package private(set) var leader: String?
    private(set) var pools: PoolFile.Contents?
    private(set) var poolErrors: PoolFileErrors?
    /// Services whose write met a newer version that the feed has not told yet.
    private var afterConflict: Set<ServiceKey> = []
    /// What keeps the lease from being held, one sentence.
    var leaseProblem: String?
    /// The allocator was told everything that it must know first.
    private(set) var hasStartedAllocating = false
    private var isStale = true
    var staleSince: Instant?

    /// - Parameters:
    ///   - savedKeys: the keys of hellos that were known before the last stop.
    ///   - lastKnown: what the API said before the last stop.
    package init(
        configuration: Configuration, savedKeys: SavedHelloKeys? = nil, lastKnown: LastKnown? = nil
    ) {
        self.configuration = configuration
        allocator = Allocator(probesAhead: configuration.probesAhead)
        recollection = Recollection(found: lastKnown)
        helloKeys = HelloKeys(saved: savedKeys)
        moves = MoveLog(node: configuration.node)
    }

    /// When `deadlineReached` is wanted.
    package func nextDeadline(after now: Instant) -> Instant? {
        let leaders =
            isLeader ? [allocator.nextDeadline, writes.nextDeadline, retained.nextDeadline] : []
        return (leaders + [helloKeys.nextDeadline(after: now), recollection.nextDeadline])
            .compactMap { $0 }.min()
    }

    /// Takes one event in and says what follows from it.
    ///
    /// - Parameter time: the wall clock, only for what people read.
    package mutating func handle(
        _ event: ReconcilerEvent, at now: Instant, time: WallTime
    ) -> [ReconcilerEffect] {
        var effects: [ReconcilerEffect] = []
        switch event {
        case .services(let feed):
            effects += servicesChanged(cluster.services.apply(feed), at: now, time: time)
        case .endpointSlices(let feed):
            addressBook.outdate(addressesOf: cluster.applySlices(feed))
        case .nodes(let feed):
            if cluster.applyNodes(feed) {
                addressBook.outdateEverything()
                recollection.changed(at: now)
                effects += tellPeers()
                effects += allocate(.forbiddenAddressesChanged(forbidden), at: now, time: time)
            }
        case .namespaces(let feed):
            // The last of a term that is over may come late.
            guard isLeader else { return [] }
            if case .nothing = cluster.namespaces.apply(feed) { return [] }
            effects += allocate(.namespacesChanged(cluster.namespaceLabels), at: now, time: time)
        case .poolsLoaded(let contents):
            effects += poolsLoaded(contents, at: now, time: time)
        case .formerAddressesFound(let addresses):
            cluster.formerAddresses = addresses
            effects += tellPeers()
        case .clusterIdentified(let uid):
            helloKeys.clusterKnown(namespaceUID: uid)
        case .helloKeysRead(let secrets):
            helloKeysRead(secrets, at: now)
        case .helloKeysUnreadable(let error):
            helloKeyProblem = error
        case .poolsRefused(let errors):
            poolErrors = errors
            return [.note(.poolsRefused(errors))]
        case .leadershipChanged(let isLeader, let leader):
            self.leader = leader
            effects += leadershipChanged(isLeader, at: now, time: time)
        case .ownership(let report):
            return segmentReported(report, at: now, time: time) + callForRetained(at: now)
        case .linksChanged(let links):
            segment.linksChanged(links)
            effects += allocate(.forbiddenAddressesChanged(forbidden), at: now, time: time)
        case .statusWritten(let service, let result):
            effects += written(service, result, at: now, time: time)
        case .retainedRead(let result):
            effects += retainedRead(result, at: now, time: time)
        case .retainedWritten(let result):
            effects += retainedWritten(result, at: now)
        case .deadlineReached:
            effects += deadlineReached(at: now, time: time)
        }
        effects += tellKeys(at: now)
        effects += startAllocatingIfReady(at: now, time: time)
        effects += callForRetained(at: now)
        return effects + recall(at: now) + tellSegment(at: now) + remember(at: now)
    }

    // MARK: - The API's view

    private mutating func servicesChanged(
        _ change: ObjectStore<Kubernetes.Service>.Change, at now: Instant, time: WallTime
    ) -> [ReconcilerEffect] {
        switch change {
        case .nothing, .freshness:
            return []
        case .listed(let changed):
            for name in changed { told(name) }
            guard hasStartedAllocating else { return [] }
            let requests = cluster.requests(class: configuration.serviceClass)
            let effects = allocate(.servicesListed(requests), at: now, time: time)
            // What met a conflict and was not told since is decided on what was listed.
            defer { afterConflict = [] }
            return effects
                + afterConflict.sorted().flatMap { allocate(.writeFailed($0), at: now, time: time) }
        case .object(let name):
            told(name)
            let key = ServiceKey(name)
            guard cluster.services.objects[name] != nil else {
                return allocate(.serviceRemoved(key), at: now, time: time)
            }
            guard afterConflict.remove(key) != nil else { return decide(key, at: now, time: time) }
            return decideAgain(key, at: now, time: time)
        }
    }

    /// Takes in that a Service changed or is gone.
    private mutating func told(_ name: NamespacedName) {
        show(name)
        let key = ServiceKey(name)
        writes.told(key)
        guard cluster.services.objects[name] == nil else { return }
        writes.forget(key)
        afterConflict.remove(key)
    }

    private mutating func decide(
        _ key: ServiceKey, at now: Instant, time: WallTime
    ) -> [ReconcilerEffect] {
        guard let service = cluster.services.objects[NamespacedName(key)] else { return [] }
        return allocate(.serviceChanged(request(service)), at: now, time: time)
    }

    /// Decides on the newest object; a decision that is the same as before is due again.
    private mutating func decideAgain(
        _ key: ServiceKey, at now: Instant, time: WallTime
    ) -> [ReconcilerEffect] {
        let effects = decide(key, at: now, time: time)
        let isWritten = effects.contains { effect in
            guard case .writeStatus(key, _) = effect else { return false }
            return true
        }
        return isWritten ? effects : effects + allocate(.writeFailed(key), at: now, time: time)
    }

    /// Notes which addresses a Service shows as ours.
    private mutating func show(_ name: NamespacedName) {
        let service = cluster.services.objects[name]
        addressBook.show(
            service?.addressesShownAsOurs(class: configuration.serviceClass), by: name)
    }

    private func request(_ service: Kubernetes.Service) -> ServiceRequest {
        ServiceRequest(service, class: configuration.serviceClass)
    }

    private mutating func poolsLoaded(
        _ contents: PoolFile.Contents, at now: Instant, time: WallTime
    ) -> [ReconcilerEffect] {
        defer { poolErrors = nil }
        guard contents != pools || poolErrors != nil else { return [] }
        pools = contents
        addressBook.outdateEverything()
        return [
            .note(
                .poolsLoaded(pools: contents.pools.pools.count, warnings: contents.warnings)),
            .tellSegment(.poolSetChanged(contents.pools.contentHash)),
        ] + allocate(.forbiddenAddressesChanged(forbidden), at: now, time: time)
            + allocate(.poolsChanged(contents.pools), at: now, time: time)
    }

    /// Addresses that the network itself uses.
    private var forbidden: [ForbiddenAddress] {
        let named = (pools?.pools.pools ?? []).flatMap(\.announce.interfaces)
        return cluster.nodeAddresses
            + segment.forbiddenAddresses(
                onLinks: Set(configuration.interfaces + named),
                except: Set(addressBook.facts.keys))
    }

    // MARK: - Allocation

    /// A leader starts from what the API says: services that hold an address first, then the rest.
    /// The labels of namespaces, which only it needs, are followed from now on, or no more.
    private mutating func leadershipChanged(
        _ leads: Bool, at now: Instant, time: WallTime
    ) -> [ReconcilerEffect] {
        guard leads != isLeader else { return [] }
        isLeader = leads
        allocator = Allocator(probesAhead: configuration.probesAhead)
        hasStartedAllocating = false
        writes.forgetRetries()
        afterConflict = []
        retained.lead(leads)
        cluster.namespaces = ObjectStore()
        return [.followNamespaces(leads)]
    }

    /// A leader decides once it knows pools, links, every kind of object, each up to date, and
    /// what the leader before it kept.
    private mutating func startAllocatingIfReady(
        at now: Instant, time: WallTime
    ) -> [ReconcilerEffect] {
        guard isLeader, !hasStartedAllocating, let pools, segment.hasLinks, cluster.isSynced,
            !cluster.isInterrupted, cluster.namespaces.isSynced, retained.isSettled
        else { return [] }
        hasStartedAllocating = true
        let events: [AllocationEvent] = [
            .poolsChanged(pools.pools), .namespacesChanged(cluster.namespaceLabels),
            .forbiddenAddressesChanged(forbidden), .retainedRead(retained.list),
            .servicesListed(cluster.requests(class: configuration.serviceClass)),
        ]
        return events.flatMap { allocate($0, at: now, time: time) }
    }

    /// Hands one event to the allocator, which learns of all that was before when it starts.
    mutating func allocate(
        _ event: AllocationEvent, at now: Instant, time: WallTime
    ) -> [ReconcilerEffect] {
        guard hasStartedAllocating else { return [] }
        return carryOut(allocator.handle(event, at: now), at: now, time: time)
    }

    private mutating func carryOut(
        _ effects: [AllocationEffect], at now: Instant, time: WallTime
    ) -> [ReconcilerEffect] {
        effects.flatMap { effect -> [ReconcilerEffect] in
            switch effect {
            case .probe(let addresses):
                let requests = addresses.map { address in
                    let pool = pools?.pools.pool(containing: address)
                    return ProbeRequest(address, interfaces: pool?.announce.interfaces ?? [])
                }
                return [.tellSegment(.probesRequested(requests))]
            case .write(let decision):
                return write(decision, time: time)
            case .emitEvent(let event):
                return [.recordEvent(event)]
            case .retainedChanged(let list):
                retained.change(list, at: now)
                return []
            case .allocationsChanged:
                return []
            }
        }
    }

    // MARK: - Status writes

    private mutating func write(
        _ decision: ServiceDecision, time: WallTime
    ) -> [ReconcilerEffect] {
        guard let service = cluster.services.objects[NamespacedName(decision.service)],
            service.metadata.uid == decision.uid,
            writes.begin(decision.service, on: service.metadata.resourceVersion)
        else { return [] }
        return [
            .writeStatus(
                decision.service, ServiceStatusPatch(decision, on: service, at: time))
        ]
    }

    private mutating func written(
        _ key: ServiceKey, _ result: Result<Kubernetes.Service, KubernetesError>, at now: Instant,
        time: WallTime
    ) -> [ReconcilerEffect] {
        var effects = ended(key, result, at: now, time: time)
        while let next = writes.nextPostponed() {
            effects += decideAgain(next, at: now, time: time)
        }
        return effects
    }

    private mutating func ended(
        _ key: ServiceKey, _ result: Result<Kubernetes.Service, KubernetesError>, at now: Instant,
        time: WallTime
    ) -> [ReconcilerEffect] {
        var effects: [ReconcilerEffect] = []
        switch result {
        case .success(let service):
            let shown = ShownAllocation(service).addresses
            effects.append(.note(.statusWritten(key, addresses: shown)))
        case .failure(let error):
            effects.append(.note(.writeFailed(key, error)))
        }
        switch writes.end(key, result, at: now) {
        case .done:
            if case .success(let service) = result, cluster.services.adopt(service) {
                show(service.namespacedName)
            }
            return effects + decideAgain(key, at: now, time: time)
        case .conflict(let version):
            let known = cluster.services.objects[NamespacedName(key)]
            guard let known, known.metadata.resourceVersion != version else {
                if known != nil { afterConflict.insert(key) }
                return effects
            }
            return effects + decideAgain(key, at: now, time: time)
        case .again:
            return effects
        }
    }

    private mutating func deadlineReached(at now: Instant, time: WallTime) -> [ReconcilerEffect] {
        var effects: [ReconcilerEffect] = []
        for service in writes.due(at: now) {
            effects += allocate(.writeFailed(service), at: now, time: time)
        }
        return effects + allocate(.deadlineReached, at: now, time: time)
    }

    /// Says what changed of the addresses that exist and of who may hold them.
    private mutating func tellSegment(at now: Instant) -> [ReconcilerEffect] {
        guard let pools, cluster.isSynced, helloKeys.choice != nil else { return [] }
        var effects: [ReconcilerEffect] = []
        let isInterrupted = cluster.isInterrupted
        let derivation = FactsDerivation(
            cluster: cluster, pools: pools.pools,
            ignoresExcludeLabel: configuration.ignoresExcludeLabel)
        switch addressBook.update(derivation.facts) {
        case .first(let all):
            effects.append(.tellSegment(.viewLoaded(all, isFresh: !isInterrupted)))
            isStale = isInterrupted
            recollection.changed(at: now)
        case .changed(let changed, let removed):
            recollection.changed(at: now)
            effects.append(.tellSegment(.addressesChanged(changed, removed: removed)))
        case .unchanged: break
        }
        guard isStale != isInterrupted else { return effects }
        isStale = isInterrupted
        staleSince = isStale ? now : nil
        effects.append(.tellSegment(isStale ? .viewBecameStale : .viewBecameFresh))
        effects.append(.note(isStale ? .apiLost : .apiBack))
        return effects
    }
}
