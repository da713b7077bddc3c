import Addressing
import Ownership
import Timing
import Wire

// Daemons: their life, their loop and what they have done.
extension World {
    /// The process starts with empty memory; what was on disk is remembered.
    mutating func boot(_ index: Int, _ generation: Int) {
        guard nodes[index].generation == generation, !nodes[index].isRunning,
            nodes[index].daemonHolds == 0, nodes[index].hostHolds == 0
        else { return }
        guard nodes[index].stuns == 0 else {
            return queue.schedule(
                .boot(node: index, generation: generation), at: now + .milliseconds(10))
        }
        let instant = nodes[index].clock.read(at: now)
        let configuration = OwnershipConfiguration(
            node: nodes[index].name, profile: plan.profile.hello, peers: configuredPeers,
            rebalancesByItself: plan.rebalancesByItself, onConflict: plan.onConflict,
            wireTruthInterval: plan.wireTruth)
        nodes[index].generation += 1
        nodes[index].incarnation += 1
        nodes[index].lastTurn = instant
        nodes[index].isLeaving = false
        nodes[index].ownership = Ownership(
            configuration: configuration, incarnation: nodes[index].incarnation, at: instant)
        nodes[index].isRunning = true
        observe(.started(node: index))
        refreshAnswering(index)
        nodes[index].toldLinks = LinkTable()
        nodes[index].toldDrained = false
        nodes[index].toldLeaving = false
        catchUp(index)
        connect(index)
    }

    /// Tells the loop, if it runs, what it was not told yet of links, drain and SIGTERM.
    mutating func catchUp(_ index: Int) {
        guard nodes[index].loopRuns else { return }
        let links = nodes[index].linkTable(gateway: nodeCount)
        if links != nodes[index].toldLinks {
            nodes[index].toldLinks = links
            deliver(.linksChanged(links), to: index)
        }
        if nodes[index].isDrained != nodes[index].toldDrained {
            nodes[index].toldDrained = nodes[index].isDrained
            deliver(.drainChanged(nodes[index].isDrained), to: index)
        }
        if nodes[index].isLeaving, !nodes[index].toldLeaving {
            nodes[index].toldLeaving = true
            deliver(.leaveRequested, to: index)
        }
    }

    /// `peers:` of every node: second hosts of a name, which no Node object knows.
    private var configuredPeers: [IPAddress] {
        (plan.nodes..<nodeCount).flatMap { twin in
            (0..<plan.links).map { Names.interfaceAddress(station: twin, link: $0) }
        }
    }

    /// The process is gone, at once; the kernel forgets its sockets.
    mutating func die(_ index: Int) {
        guard nodes[index].isRunning else { return }
        nodes[index].generation += 1
        nodes[index].isRunning = false
        if sabotage != .tableOutlivesProcess(node: index) { nodes[index].table = .empty }
        nodes[index].inbox.removeAll()
        nodes[index].routine.removeAll()
        nodes[index].questions.removeAll()
        nodes[index].timerDeadline = nil
        nodes[index].pauses = 0
        nodes[index].stalls = 0
        nodes[index].saidDigest = 0
        nodes[index].subscription.disconnect()
        refreshAnswering(index)
        observe(.ended(node: index))
    }

    /// systemd starts the daemon again, 5 to 50 ms after it may.
    mutating func restart(_ index: Int) {
        let generation = nodes[index].generation
        queue.schedule(
            .boot(node: index, generation: generation),
            at: now + generator.within(.milliseconds(5)...(.milliseconds(50))))
    }

    /// The process ends as it was asked to; systemd starts it again when nothing forbids it.
    mutating func exit(_ index: Int, _ generation: Int) {
        guard nodes[index].generation == generation else { return }
        die(index)
        restart(index)
    }

    /// One turn of the segment loop for one event.
    mutating func deliver(_ event: OwnershipEvent, to index: Int) {
        precondition(nodes[index].loopRuns, "\(event) reaches a loop that does not run")
        let instant = nodes[index].clock.read(at: now)
        nodes[index].lastTurn = instant
        if !isLate(index, instant) { hearRoutine(index, at: instant) }
        let began = measuresHandle(of: event, at: index) ? HandleCost.clock() : nil
        let effects = nodes[index].handle(event, at: instant)
        if let began { handleTimes.record(HandleCost.clock() - began) }
        noteStarting(index, nodes[index].readIsStarting())
        for effect in effects { perform(effect, of: index) }
        hearRoutine(index, at: instant)
        schedule(index)
    }

    /// As the segment loop has it: what waits counts before the deadline is judged, but a loop that
    /// ran late must learn it from the deadline.
    private mutating func isLate(_ index: Int, _ instant: Instant) -> Bool {
        guard let deadline = nodes[index].readDeadline() else { return false }
        return instant - deadline > plan.profile.hello.period / 2
    }

    private mutating func hearRoutine(_ index: Int, at instant: Instant) {
        guard !nodes[index].routine.isEmpty else { return }
        let waiting = nodes[index].routine
        nodes[index].routine.removeAll()
        for effect in nodes[index].handle(waiting, at: instant) { perform(effect, of: index) }
    }

    /// Sees to it that an occurrence is under way for the value's next deadline.
    private mutating func schedule(_ index: Int) {
        guard let deadline = nodes[index].readDeadline() else { return }
        if let pending = nodes[index].timerDeadline, pending <= deadline { return }
        nodes[index].timerDeadline = deadline
        nodes[index].timerNumber += 1
        let late = generator.within(Self.timerSlack...max(1001, plan.lateness.nanoseconds))
        queue.schedule(
            .deadline(node: index, number: nodes[index].timerNumber),
            at: max(nodes[index].clock.moment(of: deadline), now).advanced(nanoseconds: late))
    }

    /// A timer is at least so late, in nanoseconds; also keeps the world from standing still.
    private static let timerSlack: Int64 = 1000

    mutating func deadline(_ index: Int, _ number: Int) {
        guard nodes[index].timerNumber == number, nodes[index].isRunning else { return }
        nodes[index].timerDeadline = nil
        guard nodes[index].loopRuns else { return }
        turn(index)
    }

    /// The loop looks at its timer: tells the value when its deadline has come.
    mutating func turn(_ index: Int) {
        guard nodes[index].isRunning, let deadline = nodes[index].readDeadline() else {
            return
        }
        if nodes[index].clock.read(at: now) >= deadline {
            deliver(.deadlineReached, to: index)
        } else {
            schedule(index)
        }
    }

    private mutating func perform(_ effect: OwnershipEffect, of index: Int) {
        switch effect {
        case .sendHello(let hello, let targets, let link):
            send(sabotaged(said: hello, by: index), from: index, to: targets, link: link)
        case .publish(let table):
            nodes[index].table = sabotaged(table, of: index)
            watchLingering(of: index)
            refreshAnswering(index)
        case .announce(let addresses, let link):
            announce(addresses, link: link, from: index)
        case .sendProbe(let address, let link):
            ask(address, link: link, from: index, asker: nil)
        case .askWire(let address, let link):
            let own = Names.interfaceAddress(station: index, link: Names.link(ofIndex: link))
            ask(address, link: link, from: index, asker: own)
        case .saveIncarnation(let incarnation):
            nodes[index].incarnation = incarnation
        case .report(let report):
            observe(.reported(node: index, report))
        case .finishedLeaving:
            queue.schedule(
                .exit(node: index, generation: nodes[index].generation),
                at: now.advanced(nanoseconds: 1_000_000))
        }
    }

    /// What is lingered for ends by the node's own clock, whatever its loop does.
    private mutating func watchLingering(of index: Int) {
        for until in Set(nodes[index].table.entries.compactMap(\.until)).sorted() {
            queue.schedule(
                .guardCheck(node: index), at: max(now, nodes[index].clock.moment(of: until)))
        }
    }

    private mutating func send(
        _ hello: Hello, from index: Int, to targets: [IPAddress], link: Int32
    ) {
        noteClaims(hello, of: index)
        let number = Names.link(ofIndex: link)
        guard nodes[index].unplugged[number] == 0 else { return }
        let letter = Letter(
            throughBytes(hello, from: index), hasOtherKey: nodes[index].hasOtherKey)
        let bytes = hello.datagramBytes
        for target in targets {
            guard let station = Names.station(of: target, link: number), station < nodeCount
            else { continue }
            noteHello(of: index, bytes: bytes)
            let transit = network.send(.hello, from: index, to: station, link: number)
            if transit.first == nil { noteLoss(from: index, to: station, link: number) }
            for delay in [transit.first, transit.second] {
                guard let delay else { continue }
                queue.schedule(
                    .hello(to: station, letter, link: link, from: index),
                    at: now.advanced(nanoseconds: delay))
            }
        }
    }

    /// One hello of so many is sealed, opened and compared: the rest saves the time.
    private static let sealedEvery = 251

    private func throughBytes(_ hello: Hello, from index: Int) -> Hello {
        precondition(
            hello.datagramBytes <= HelloLayout.datagramBytesMax,
            "a hello of \(hello.datagramBytes) bytes")
        guard ledger.hellosSent[index] % Self.sealedEvery == 0, let keyring = Self.keyring else {
            return hello
        }
        let opened = keyring.seal(hello).withUnsafeBytes { bytes in
            try? keyring.open(bytes, hopLimit: HelloKeyring.hopLimit)
        }
        precondition(
            opened == hello, "\(hello) came out of its datagram as \(String(describing: opened))")
        return hello
    }

    private static let keyring = HelloKey(secret: Array(repeating: 7, count: 32))
        .flatMap { HelloKeyring(clusterTag: 1, keys: [$0]) }

    /// Tells observers how the stated claims differ from those stated before.
    private mutating func noteClaims(_ hello: Hello, of index: Int) {
        let isStarting = hello.flags.contains(.starting)
        guard hello.claimDigest != nodes[index].saidDigest || hello.coverage != Hello.everything
        else { return }
        // What a hello leaves out that does not hold everything is still to be told.
        if hello.coverage == Hello.everything { nodes[index].saidDigest = hello.claimDigest }
        for claim in hello.claims {
            guard let address = Names.index(of: claim.address),
                ledger.claims[index][address] != claim
            else { continue }
            observe(
                .claimStated(node: index, claim, address: address, whileStarting: isStarting))
        }
        guard let coverage = hello.coverage else { return }
        let stated = Set(hello.claims.map(\.address))
        for address in ledger.claims[index].keys.sorted() {
            let text = Names.address(address, bothFamilies: plan.bothFamilies)
            guard coverage.contains(text), !stated.contains(text) else { continue }
            observe(.claimDropped(node: index, address: address))
        }
    }

    /// Compares what would be answered now with what was before, and tells observers.
    mutating func refreshAnswering(_ index: Int) {
        let entries = nodes[index].answered(at: now, profile: plan.profile.hello)
        let answered = Set(entries.compactMap { Names.index(of: $0.address) })
        let before = nodes[index].answered
        guard answered != before else { return }
        nodes[index].answered = answered
        for address in before.subtracting(answered).sorted() {
            observe(.answerCeased(node: index, address: address))
        }
        for address in answered.subtracting(before).sorted() {
            observe(.answerBegan(node: index, address: address))
        }
    }
}
