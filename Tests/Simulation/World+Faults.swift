import Addressing
import Ownership
import Timing

// What each fault does to the world, and how it ends.
extension World {
    mutating func begin(_ fault: Fault, _ index: Int?) {
        observe(.faultBegan(fault))
        apply(fault, begins: true)
        if let index, fault.lasts != nil { queue.schedule(.faultEnds(index), at: fault.end) }
        if fault.lasts == nil, Self.isAct(fault.verb) { observe(.faultEnded(fault)) }
    }

    mutating func end(_ fault: Fault) {
        apply(fault, begins: false)
        observe(.faultEnded(fault))
    }

    /// Over at once, whatever follows from it.
    private static func isAct(_ verb: Fault.Verb) -> Bool {
        [.remove, .add, .restrict, .start, .rebalance].contains(verb)
    }

    private mutating func apply(_ fault: Fault, begins: Bool) {
        switch fault.verb {
        case .kill, .power, .stop, .pause, .stun, .stall, .twin, .start, .rekey:
            for node in fault.nodes { applyToProcess(fault, node, begins) }
        case .cut, .mute, .deafen, .unplug, .block, .partition, .oneway, .pair, .hush, .gag,
            .dull, .lose:
            applyToNetwork(fault, begins)
            noteConnectivity()
        case .drain, .forget, .offline, .lag, .miss, .remove, .add, .restrict, .usurp,
            .rebalance:
            applyToFacts(fault, begins)
        }
    }

    private mutating func applyToProcess(_ fault: Fault, _ node: Int, _ begins: Bool) {
        switch fault.verb {
        case .kill: hold(node, \.daemonHolds, begins)
        case .power: hold(node, \.hostHolds, begins)
        case .stop: stop(node, begins)
        case .pause: if nodes[node].isRunning { freeze(node, \.pauses, begins) }
        case .stun:
            if begins { nodes[node].clock.stand(at: now) }
            if !begins, nodes[node].stuns == 1 { nodes[node].clock.resume(at: now) }
            freeze(node, \.stuns, begins)
        case .stall: if nodes[node].isRunning { stall(node, begins) }
        case .twin: setTwin(of: node, begins)
        case .start:
            queue.schedule(
                .boot(node: node, generation: nodes[node].generation), at: now)
        case .rekey:
            nodes[node].hasOtherKey = begins
            noteConnectivity()
        default: preconditionFailure("\(fault.verb) befalls no process")
        }
    }

    private mutating func hold(_ node: Int, _ kind: WritableKeyPath<Node, Int>, _ begins: Bool) {
        nodes[node][keyPath: kind] += begins ? 1 : -1
        if begins { die(node) } else { restart(node) }
    }

    private mutating func stop(_ node: Int, _ begins: Bool) {
        nodes[node].daemonHolds += begins ? 1 : -1
        guard begins else { return restart(node) }
        guard nodes[node].isRunning, !nodes[node].isLeaving else { return }
        nodes[node].isLeaving = true
        catchUp(node)
        queue.schedule(
            .exit(node: node, generation: nodes[node].generation),
            at: now + Self.stopTime)
    }

    /// systemd kills what has not stopped by then.
    private static let stopTime: Duration = .seconds(5)

    private mutating func freeze(
        _ node: Int, _ kind: WritableKeyPath<Node, Int>, _ begins: Bool
    ) {
        // A process that died meanwhile took its pauses with it.
        nodes[node][keyPath: kind] = max(0, nodes[node][keyPath: kind] + (begins ? 1 : -1))
        if begins { refreshAnswering(node) } else { wake(node) }
        if !begins, nodes[node].stalls > 0 { watchGuard(of: node) }
    }

    private mutating func stall(_ node: Int, _ begins: Bool) {
        nodes[node].stalls = max(0, nodes[node].stalls + (begins ? 1 : -1))
        guard begins else { return wake(node) }
        watchGuard(of: node)
    }

    /// The guard closes by the node's own clock.
    private mutating func watchGuard(of node: Int) {
        let closes = nodes[node].lastTurn + Node.guardTime(plan.profile.hello)
        queue.schedule(
            .guardCheck(node: node),
            at: max(now, nodes[node].clock.moment(of: closes)))
    }

    private mutating func setTwin(of node: Int, _ begins: Bool) {
        guard let twin = nodes.lastIndex(where: { $0.name == nodes[node].name }) else { return }
        if begins {
            nodes[twin].incarnation = 0
            boot(twin, nodes[twin].generation)
        } else {
            die(twin)
        }
    }

    private mutating func applyToNetwork(_ fault: Fault, _ begins: Bool) {
        let everybody = 0..<network.stations
        switch fault.verb {
        case .cut, .mute, .deafen:
            for node in fault.nodes {
                for other in everybody where other != node {
                    if fault.verb != .deafen { cut(node, other, begins) }
                    if fault.verb != .mute { cut(other, node, begins) }
                }
            }
        case .unplug:
            for node in fault.nodes { unplug(node, fault.amount ?? 0, begins) }
        case .block:
            for node in fault.nodes {
                for other in everybody where other != node {
                    network.cutHellos(from: node, to: other, begins)
                    network.cutHellos(from: other, to: node, begins)
                }
            }
        case .partition: partition(fault, begins)
        case .gag, .dull:
            for node in fault.nodes {
                for other in everybody where other != node {
                    let (from, to) = fault.verb == .gag ? (node, other) : (other, node)
                    network.cutNeighbours(from: from, to: to, begins)
                }
            }
        case .hush: network.cutHellos(from: fault.nodes[0], to: fault.nodes[1], begins)
        case .oneway: cut(fault.nodes[0], fault.nodes[1], begins)
        case .pair:
            cut(fault.nodes[0], fault.nodes[1], begins)
            cut(fault.nodes[1], fault.nodes[0], begins)
        case .lose: network.lossPerMillion += begins ? fault.amount ?? 0 : -(fault.amount ?? 0)
        default: preconditionFailure("\(fault.verb) befalls no network")
        }
    }

    /// Every link, one direction.
    private mutating func cut(_ from: Int, _ to: Int, _ isCut: Bool) {
        for link in 0..<plan.links { network.cut(from: from, to: to, link: link, isCut) }
    }

    private mutating func partition(_ fault: Fault, _ begins: Bool) {
        var side = Set(fault.nodes)
        let rest = Set(nodes.indices).subtracting(side)
        if fault.withClients { side.formUnion(nodeCount..<network.stations) }
        for one in side.sorted() {
            for other in rest.sorted() {
                cut(one, other, begins)
                cut(other, one, begins)
            }
        }
    }

    private mutating func unplug(_ node: Int, _ link: Int, _ begins: Bool) {
        for other in 0..<network.stations where other != node {
            network.cut(from: node, to: other, link: link, begins)
            network.cut(from: other, to: node, link: link, begins)
        }
        nodes[node].unplugged[link] += begins ? 1 : -1
        refreshAnswering(node)
        catchUp(node)
        refreshAnswering(node)
    }

    private mutating func applyToFacts(_ fault: Fault, _ begins: Bool) {
        switch fault.verb {
        case .drain:
            for node in fault.nodes {
                nodes[node].isDrained = begins
                catchUp(node)
            }
        case .forget:
            for node in fault.nodes { change(.nodeObject(node, exists: !begins)) }
        case .offline:
            for node in fault.nodes.isEmpty ? Array(nodes.indices) : fault.nodes {
                setOffline(node, begins)
            }
        case .lag:
            let lag = Int64(fault.amount ?? 0) * 1_000_000
            for node in fault.nodes { nodes[node].subscription.lag += begins ? lag : -lag }
        case .miss:
            for node in fault.nodes { setMissing(node, begins) }
        case .remove:
            changeAddress(fault) { begins ? .addressRemoved($0) : .address($0, allowed: nil) }
        case .add:
            changeAddress(fault) { begins ? .address($0, allowed: nil) : .addressRemoved($0) }
        case .restrict:
            guard let address = fault.address, api.addresses[address] != nil else { return }
            let allowed = begins ? fault.nodes.sorted() : nil
            changeAddress(fault) { .address($0, allowed: allowed) }
        case .usurp: usurp(fault, begins)
        case .rebalance:
            for node in nodes.indices
            where nodes[node].loopRuns && sabotage != .rebalanceUnheard {
                deliver(.rebalanceRequested, to: node)
            }
        default: preconditionFailure("\(fault.verb) changes no facts")
        }
    }

    private mutating func changeAddress(_ fault: Fault, _ fact: (Int) -> APIServer.Fact) {
        guard let address = fault.address else { return }
        change(fact(address))
    }

    private mutating func usurp(_ fault: Fault, _ begins: Bool) {
        guard let address = fault.address else { return }
        usurpers[address] += begins ? 1 : sabotage == .foreignStays ? 0 : -1
        guard begins else { return }
        speakAsForeigner(address)
        guard let every = fault.amount.map({ Duration.milliseconds(max(1, $0)) }) else { return }
        let end = fault.lasts == nil ? plan.until : fault.end
        var next = now + every
        while next < end {
            queue.schedule(.usurperSpeaks(address: address), at: next)
            next = next + every
        }
    }

    mutating func speakAsForeigner(_ address: Int) {
        announce(
            [Names.address(address, bothFamilies: plan.bothFamilies)],
            link: clientLink(of: address), from: foreignStation)
    }
}
