import Ownership
import Timing

// The API and what reaches each daemon of it.
extension World {
    /// A daemon that starts lists the API within this time.
    private static let listTime: ClosedRange<Duration> = .milliseconds(5)...(.milliseconds(200))
    /// A daemon notices that the API is away within this time.
    private static let noticeTime: ClosedRange<Duration> = .milliseconds(500)...(.seconds(2))

    /// Something changed at the API; daemons that watch are told after a while, in order.
    mutating func change(_ fact: APIServer.Fact) {
        api.apply(fact)
        observe(.factChanged(fact))
        useIfMade(fact)
        for index in nodes.indices where nodes[index].subscription.isWatching {
            let usual = plan.watchDelay.nanoseconds
            let delay = generator.within(0...(usual + nodes[index].subscription.lag))
            let arrival = max(
                now.advanced(nanoseconds: delay), nodes[index].subscription.lastArrival)
            nodes[index].subscription.lastArrival = arrival
            queue.schedule(
                .watch(
                    node: index, session: nodes[index].subscription.session,
                    revision: api.revision),
                at: arrival)
        }
    }

    private mutating func useIfMade(_ fact: APIServer.Fact) {
        guard case .address(let number, _) = fact, now > plan.started else { return }
        for client in clients.indices where clients[client].isBusy {
            queue.schedule(.use(client: client, address: number), at: now + .milliseconds(300))
        }
    }

    /// A daemon starts: with its last known state if the API is away, else with a list.
    mutating func connect(_ index: Int) {
        guard nodes[index].subscription.outages == 0 else {
            if nodes[index].subscription.revision != nil { loadView(index, isFresh: false) }
            return
        }
        scheduleList(index)
    }

    func isAttached(_ index: Int, _ session: Int) -> Bool {
        nodes[index].isRunning && nodes[index].subscription.session == session
            && nodes[index].subscription.outages == 0
    }

    mutating func scheduleList(_ index: Int) {
        nodes[index].subscription.session += 1
        nodes[index].subscription.lastArrival = .zero
        queue.schedule(
            .list(node: index, session: nodes[index].subscription.session),
            at: now + generator.within(Self.listTime))
    }

    mutating func list(_ index: Int, _ session: Int) {
        guard isAttached(index, session) else { return }
        guard nodes[index].loopRuns else {
            return queue.schedule(
                .list(node: index, session: session), at: now + .milliseconds(5))
        }
        nodes[index].subscription.list(api)
        loadView(index, isFresh: true)
    }

    /// Hands the whole view to the loop.
    private mutating func loadView(_ index: Int, isFresh: Bool) {
        let known = nodes[index].subscription.addresses
        for (number, facts) in known.enumerated() where ledger.told[index][number] != facts {
            observe(.told(node: index, address: number, facts))
        }
        tellPeers(index, isFresh: isFresh)
        let facts = known.enumerated().compactMap { number, facts in
            isUntold(number) ? nil : facts.map { self.facts(number, $0) }
        }
        deliver(.viewLoaded(facts, isFresh: isFresh), to: index)
    }

    private mutating func tellPeers(_ index: Int, isFresh: Bool) {
        let objects = nodes[index].subscription.nodeObjects
        let peers = objects.indices.filter { objects[$0] }.map { node in
            PeerNode(
                Names.node(node),
                addresses: [Names.interfaceAddress(station: node, link: 0)])
        }
        deliver(.peersChanged(peers), to: index)
        let own = plan.nodes > index ? index : twinOriginal(index)
        if isFresh { deliver(.ownNodePresent(objects[own]), to: index) }
    }

    private func twinOriginal(_ index: Int) -> Int {
        nodes.firstIndex { $0.name == nodes[index].name } ?? index
    }

    mutating func watch(_ index: Int, _ session: Int, _ revision: Int) {
        guard isAttached(index, session), nodes[index].subscription.losses == 0 else { return }
        guard nodes[index].loopRuns else {
            return queue.schedule(
                .watch(node: index, session: session, revision: revision),
                at: now + .milliseconds(5))
        }
        for fact in nodes[index].subscription.advance(to: revision, in: api) {
            tell(fact, to: index)
        }
    }

    private mutating func tell(_ fact: APIServer.Fact, to index: Int) {
        switch fact {
        case .address(let number, let allowed):
            let told = APIServer.Address(allowed: allowed)
            observe(.told(node: index, address: number, told))
            deliver(.addressesChanged([facts(number, told)], removed: []), to: index)
        case .addressRemoved(let number):
            observe(.told(node: index, address: number, nil))
            guard sabotage != .deletionUntold(node: index) else { return }
            let address = Names.address(number, bothFamilies: plan.bothFamilies)
            deliver(.addressesChanged([], removed: [address]), to: index)
        case .nodeObject:
            tellPeers(index, isFresh: true)
        }
    }

    /// The daemon notices that the API is away.
    mutating func lost(_ index: Int, _ session: Int) {
        guard nodes[index].isRunning, nodes[index].subscription.session == session,
            nodes[index].subscription.outages > 0, !nodes[index].subscription.isStale
        else { return }
        guard nodes[index].loopRuns else {
            return queue.schedule(
                .lost(node: index, session: session), at: now + .milliseconds(5))
        }
        nodes[index].subscription.isStale = true
        deliver(.viewBecameStale, to: index)
    }

    mutating func setOffline(_ index: Int, _ isOffline: Bool) {
        nodes[index].subscription.outages += isOffline ? 1 : -1
        guard nodes[index].isRunning else { return }
        if isOffline, nodes[index].subscription.outages == 1 {
            nodes[index].subscription.session += 1
            queue.schedule(
                .lost(node: index, session: nodes[index].subscription.session),
                at: now + generator.within(Self.noticeTime))
        } else if nodes[index].subscription.outages == 0 {
            scheduleList(index)
        }
    }

    mutating func setMissing(_ index: Int, _ isMissing: Bool) {
        nodes[index].subscription.losses += isMissing ? 1 : -1
        guard nodes[index].subscription.losses == 0, nodes[index].isRunning,
            nodes[index].subscription.outages == 0
        else { return }
        scheduleList(index)
    }

    /// The links that announce an address, by number: the pools of a world with several links take
    /// turns in naming one, the other, or both.
    func announcingLinks(of number: Int) -> [Int] {
        guard plan.links > 1 else { return [0] }
        return [[0], [1], [0, 1]][number % 3]
    }

    private func facts(_ number: Int, _ address: APIServer.Address) -> AddressFacts {
        let names = address.allowed.map { $0.map(Names.node).sorted() } ?? everyName
        return AddressFacts(
            Names.address(number, bothFamilies: plan.bothFamilies),
            eligibility: names.isEmpty ? .nobody(.noEndpoints) : .nodes(names),
            interfaces: plan.links > 1 ? announcingLinks(of: number).map(Names.link) : [])
    }
}
