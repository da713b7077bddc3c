import Timing
import Wire

/// Who answers for what, who claims what, who was told what, and which faults explain what, kept by
/// an outside observer.
package struct Ledger: Sendable {
    package struct Standing: Hashable, Sendable {
        package let node: Int
        package let since: Moment
    }

    /// One change of who alone answers for an address.
    package struct Move: Hashable, Sendable {
        package let address: Int
        package let from: Int?
        package let to: Int
        package let at: Moment
        /// When the former owner last ceased to answer: others may have answered with it until then
        /// and beside each other after it.
        package let leftAt: Moment
        /// The former owner's claim was weak, and gives way to a stronger one.
        package let wasWeak: Bool
        /// The former owner answered alone only while the new one, whose later claim outranks its
        /// own, did not: it stood in for that one.
        package let wasOutranked: Bool
        /// How long the former owner had it: for an instant when two claim at once.
        package let heldFor: Duration
    }

    /// Who last said that it yields an address to a foreign host.
    package struct Yielder: Hashable, Sendable {
        package let node: Int
        package let at: Moment
        /// It claims strongly, so that no node has a better claim.
        package let wasStrong: Bool
    }

    package let plan: Plan
    package let bounds: Bounds
    /// Nodes, twins included.
    package let nodeCount: Int
    package internal(set) var now = Moment.zero
    /// By address: who answers, in order of beginning.
    package internal(set) var answering: [[Standing]]
    /// By address: who answered alone last.
    package internal(set) var owner: [Int?]
    /// By address: since when.
    package internal(set) var ownerSince: [Moment]
    /// By address: when that owner last ceased to answer.
    private var ownerLeft: [Moment]
    /// By address: that owner's claim was weak, so it gives way when a stronger one is heard.
    package internal(set) var isOwnerWeak: [Bool]
    /// By address: the nodes that claimed it with a later epoch, and did not answer, when that owner
    /// came to answer alone.
    package internal(set) var outrankers: [Set<Int>]
    /// By node: what its hellos claim, by address.
    package internal(set) var claims: [[Int: Hello.Claim]]
    /// By node: it listens and claims nothing yet.
    package internal(set) var isStarting: [Bool]
    /// What is true at the API, by address.
    package internal(set) var truth: [APIServer.Address?]
    package internal(set) var truthChanged: [Moment]
    /// By node, then address: what the node was told.
    package internal(set) var told: [[APIServer.Address?]]
    package internal(set) var troubles: Troubles
    /// By client, then address: the station that its cache points to.
    package internal(set) var pointers: [[Int?]]
    /// By address: how many faults have a foreign host use it.
    private var usurpers: [Int]
    /// By address: a foreign host used it at some time.
    private var wasUsurped: [Bool]
    /// By address: who yielded it, since a foreign host came to use it; another only once that one
    /// claims it no more.
    package internal(set) var yielders: [Yielder?]
    /// By node: when so many hellos in a row from one node were last lost on the way to it, by the
    /// network's loss, that it may have called that one dead.
    package internal(set) var lastLossRun: [Moment]
    /// By node: hellos that left it.
    package internal(set) var hellosSent: [Int]
    /// By node: could serve at this stage. Filled in when a stage is reached.
    package internal(set) var servable: [Bool]
    /// What the latest observation brought about.
    package internal(set) var closedOverlaps: [Overlap] = []
    package internal(set) var latestMove: Move?
    package internal(set) var openOverlaps: [Overlap] = []
    private var recent: [[String]]

    init(plan: Plan, nodeCount: Int, clients: Int) {
        self.plan = plan
        self.nodeCount = nodeCount
        bounds = Bounds(plan)
        let count = plan.addresses
        answering = Array(repeating: [], count: count)
        owner = Array(repeating: nil, count: count)
        ownerSince = Array(repeating: .zero, count: count)
        ownerLeft = Array(repeating: .zero, count: count)
        isOwnerWeak = Array(repeating: false, count: count)
        outrankers = Array(repeating: [], count: count)
        lastLossRun = Array(repeating: Moment(nanoseconds: -1 << 50), count: nodeCount)
        claims = Array(repeating: [:], count: nodeCount)
        isStarting = Array(repeating: true, count: nodeCount)
        truth = Array(repeating: APIServer.Address(allowed: nil), count: count)
        truthChanged = Array(repeating: .zero, count: count)
        told = Array(repeating: Array(repeating: nil, count: count), count: nodeCount)
        troubles = Troubles(plan: plan, nodeCount: nodeCount, grace: bounds.grace)
        pointers = Array(repeating: Array(repeating: nil, count: count), count: clients)
        usurpers = Array(repeating: 0, count: count)
        wasUsurped = Array(repeating: false, count: count)
        yielders = Array(repeating: nil, count: count)
        servable = Array(repeating: false, count: nodeCount)
        hellosSent = Array(repeating: 0, count: nodeCount)
        recent = Array(repeating: [], count: count)
    }

    /// A violation of a rule, now, with what went before.
    package func violation(
        _ rule: Character, address: Int? = nil, nodes: [Int] = [], _ reason: String
    ) -> Violation {
        Violation(
            rule: rule, moment: now, address: address, nodes: nodes,
            names: nodes.map(plan.name), reason: reason,
            lastMoves: address.map { recent[$0] } ?? [])
    }

    package func answers(_ node: Int, _ address: Int) -> Bool {
        answering[address].contains { $0.node == node }
    }

    mutating func take(_ observation: Observation, at moment: Moment) {
        now = moment
        closedOverlaps.removeAll(keepingCapacity: true)
        latestMove = nil
        switch observation {
        case .answerBegan(let node, let address): began(node, address)
        case .answerCeased(let node, let address): ceased(node, address)
        case .claimStated(let node, let claim, let address, _):
            claims[node][address] = claim
            noteYielder(node, claim, address)
            if owner[address] == node {
                isOwnerWeak[address] = !claim.isStrong
                noteOutrankers(address)
            }
            remember(address, "\(plan.name(node)) claims, epoch \(claim.epoch)\(Self.text(claim))")
        case .claimDropped(let node, let address):
            claims[node][address] = nil
        case .ended(let node):
            claims[node] = [:]
            isStarting[node] = true
        case .started(let node):
            troubles.started(node, at: moment)
        case .told(let node, let address, let facts):
            told[node][address] = facts
        case .pointed(let client, let address, let station):
            pointers[client][address] = station
        case .factChanged(let fact): take(fact)
        case .faultBegan(let fault):
            troubles.began(fault, at: moment)
            noteUsurper(fault, 1)
        case .faultEnded(let fault):
            troubles.ended(fault, at: moment)
            noteUsurper(fault, -1)
        case .foreignHeard, .announced, .reported, .unanswered, .reached, .connectivityChanged:
            break
        }
    }

    private static func text(_ claim: Hello.Claim) -> String {
        (claim.isStrong ? "" : ", weak") + (claim.isOffered ? ", offered" : "")
            + (claim.isWithheld ? ", withheld" : "")
    }

    private mutating func take(_ fact: APIServer.Fact) {
        switch fact {
        case .address(let number, let allowed):
            truth[number] = APIServer.Address(allowed: allowed)
            truthChanged[number] = now
        case .addressRemoved(let number):
            truth[number] = nil
            truthChanged[number] = now
            owner[number] = nil
            remember(number, "deleted")
        case .nodeObject: break
        }
    }

    private mutating func began(_ node: Int, _ address: Int) {
        for other in answering[address] where other.node != node {
            openOverlaps.append(
                Overlap(
                    address: address, nodes: [node, other.node].sorted(), since: now,
                    kind: kind(node, other.node)))
        }
        answering[address].append(Standing(node: node, since: now))
        remember(address, "\(plan.name(node)) begins to answer")
        settle(address)
    }

    private mutating func ceased(_ node: Int, _ address: Int) {
        answering[address].removeAll { $0.node == node }
        if owner[address] == node { ownerLeft[address] = now }
        remember(address, "\(plan.name(node)) ceases to answer")
        close { $0.address == address && $0.nodes.contains(node) }
        settle(address)
    }

    private mutating func settle(_ address: Int) {
        guard answering[address].count == 1, let only = answering[address].first else { return }
        guard only.node != owner[address] else { return noteOutrankers(address) }
        latestMove = Move(
            address: address, from: owner[address], to: only.node, at: now,
            leftAt: ownerLeft[address], wasWeak: isOwnerWeak[address],
            wasOutranked: outrankers[address].contains(only.node),
            heldFor: now - ownerSince[address])
        ownerSince[address] = now
        owner[address] = only.node
        let claim = claims[only.node][address]
        isOwnerWeak[address] = !(claim?.isStrong ?? true)
        noteOutrankers(address)
    }

    private mutating func noteOutrankers(_ address: Int) {
        guard answering[address].count == 1, let owner = owner[address],
            answering[address].first?.node == owner
        else { return }
        let epoch = claims[owner][address]?.epoch ?? .max
        outrankers[address] = Set(
            claims.indices.filter { (claims[$0][address]?.epoch ?? 0) > epoch })
    }

    private func kind(_ one: Int, _ other: Int) -> Overlap.Kind {
        if troubles.isSevered(one, other) { return .severed }
        if now <= troubles.lastMended(one, other) + bounds.healed { return .healed }
        if now <= plan.started { return .starting }
        let resumed = max(troubles.lastResumed[one], troubles.lastResumed[other])
        return now <= resumed + bounds.resumed ? .resumed : .handOver
    }

    private mutating func close(_ isMeant: (Overlap) -> Bool) {
        for var overlap in openOverlaps where isMeant(overlap) {
            overlap.end = now
            closedOverlaps.append(overlap)
        }
        openOverlaps.removeAll(where: isMeant)
    }

    /// The network changed: an overlap of two that now hear each other, or no longer do, ends here
    /// and another one begins.
    mutating func connectivityChanged(to severed: [Bool], at moment: Moment) {
        now = moment
        closedOverlaps.removeAll(keepingCapacity: true)
        let before = openOverlaps
        troubles.setSevered(severed, at: moment)
        for (index, overlap) in before.enumerated() {
            let isSevered = troubles.isSevered(overlap.nodes[0], overlap.nodes[1])
            guard (overlap.kind == .severed) != isSevered else { continue }
            var closed = overlap
            closed.end = moment
            closedOverlaps.append(closed)
            openOverlaps[index] = Overlap(
                address: overlap.address, nodes: overlap.nodes, since: moment,
                kind: isSevered ? .severed : .healed)
        }
    }

    private static let recentMax = 8

    // MARK: - Foreign hosts

    /// A foreign host answers for the address.
    package func isUsurped(_ address: Int) -> Bool { usurpers[address] > 0 }

    /// It may be that nobody answers for the address: a node claims it and yields to a foreign host,
    /// which is there, or gone for so short a time that it need not have been found.
    package func isYielded(_ address: Int) -> Bool {
        yielders[address] != nil && (isUsurped(address) || now < plan.reclaimed)
            && claims.contains { $0[address]?.isWithheld ?? false }
    }

    private mutating func noteUsurper(_ fault: Fault, _ change: Int) {
        guard fault.verb == .usurp, let address = fault.address else { return }
        let isWithheld = claims.contains { $0[address]?.isWithheld ?? false }
        if usurpers[address] == 0, !isWithheld { yielders[address] = nil }
        usurpers[address] += change
        wasUsurped[address] = true
    }

    private mutating func noteYielder(_ node: Int, _ claim: Hello.Claim, _ address: Int) {
        guard wasUsurped[address], claim.isWithheld else { return }
        if let other = yielders[address]?.node, other != node,
            claims[other][address]?.isWithheld ?? false
        {
            return
        }
        yielders[address] = Yielder(node: node, at: now, wasStrong: claim.isStrong)
    }

    private mutating func remember(_ address: Int, _ text: String) {
        if recent[address].count == Self.recentMax { recent[address].removeFirst() }
        recent[address].append("\(now) \(text)")
    }
}
