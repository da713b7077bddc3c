import Allocation
import AsyncAlgorithms
import Kubernetes
import LinkLayer
import Logging
import Status
import Timing

/// The values that the API loop owns, and what one input does to them.
struct APILoopTurns {
    private let loop: APILoop
    private var reconciler: Reconciler
    private var election: LeaderElection
    private var correlator: EventCorrelator
    private var timer = LoopTimer()
    /// Events that wait until no status does.
    private var held: [Event] = []
    /// What was last logged of a kernel that answers beside Herald.
    private var kernelARPProblems: [String] = []
    private(set) var isFinished = false

    init(_ loop: APILoop) {
        self.loop = loop
        reconciler = Reconciler(
            configuration: loop.configuration, savedKeys: loop.start.savedKeys,
            lastKnown: loop.start.lastKnown.take())
        election = LeaderElection(identity: loop.configuration.node)
        correlator = EventCorrelator(component: "heraldd", node: loop.configuration.node)
    }

    /// Takes one input at the present time and carries out what follows; never waits.
    mutating func take(_ input: APILoop.Input, in group: inout DiscardingTaskGroup) {
        let (now, time) = (Instant.now(), WallTime.now())
        switch input {
        case .event(let event):
            perform(reconciler.handle(event, at: now, time: time), at: now, time, in: &group)
        case .reportsWait:
            for event in loop.reports.take() {
                perform(reconciler.handle(event, at: now, time: time), at: now, time, in: &group)
            }
        case .election(let event, let problem):
            noteLease(problem)
            elect(event, at: now, time, in: &group)
        case .leaseWatch(let event):
            elect(event, at: now, time, in: &group)
        case .deadlineReached(let deadline):
            timer.fired(deadline)
            elect(.deadlineReached, at: now, time, in: &group)
            let effects = reconciler.handle(.deadlineReached, at: now, time: time)
            perform(effects, at: now, time, in: &group)
        case .askTurn(let asker):
            asker.tell(())
        case .askStatus(let asker):
            let segment = segmentFacts
            noteKernelARP(reconciler.kernelARPProblems(segment))
            asker.tell(reconciler.status(at: now, segment))
        case .askServices(let asker):
            asker.tell(reconciler.serviceListing())
        case .askHistory(let asker):
            asker.tell(MoveHistory(moves: reconciler.moves.moves))
        case .askPlan(let asker):
            asker.tell(reconciler.rebalancePlan())
        case .stop:
            stopInTime(in: &group)
            elect(.stopAsked, at: now, time, in: &group)
        case .stopWaitedLongEnough:
            isFinished = true
        }
        releaseEvents()
        arm(at: now, in: &group)
    }

    private var segmentFacts: SegmentFacts {
        let ignored = reconciler.linksOfARP.map { ($0, KernelARP.ignore(on: $0)) }
        return SegmentFacts(
            hellos: loop.segment.hellos, failingLinks: loop.segment.failingLinks,
            hostAddressFailures: loop.segment.hostAddressFailures,
            hostAddressProblem: loop.segment.hostAddressProblem,
            isDrained: loop.start.commands.isDrained,
            apiRequests: loop.client.requests.merging(
                loop.leaseClient.requests, uniquingKeysWith: +),
            arpIgnore: Dictionary(uniqueKeysWithValues: ignored).compactMapValues { $0 })
    }

    /// Said once per change; it is looked at whenever somebody asks how things are.
    private mutating func noteKernelARP(_ problems: [String]) {
        guard problems != kernelARPProblems else { return }
        kernelARPProblems = problems
        for problem in problems {
            loop.logger.warning(
                "the kernel answers ARP beside Herald", metadata: ["problem": "\(problem)"])
        }
    }

    /// A thousand events take nothing away from a thousand allocations.
    private mutating func releaseEvents() {
        guard !held.isEmpty, !reconciler.writes.isBusy else { return }
        for event in held { loop.queue(event) }
        if held.count >= APILoop.listLong { loop.longLists.continuation.yield() }
        held = []
    }

    private mutating func elect(
        _ event: LeaderElectionEvent, at now: Instant, _ time: WallTime,
        in group: inout DiscardingTaskGroup
    ) {
        for effect in election.handle(event, at: now) {
            switch effect {
            case .readLease:
                group.addTask { [loop] in await loop.inputs.send(await loop.readLease()) }
            case .writeLease(let write):
                group.addTask { [loop] in
                    await loop.inputs.send(await loop.write(write, at: time))
                }
            case .leadershipAcquired:
                loop.logger.info("this node allocates")
                lead(true, at: now, time, in: &group)
            case .leadershipLost:
                loop.logger.warning("this node allocates no more")
                lead(false, at: now, time, in: &group)
            case .stopped: isFinished = true
            }
        }
        guard election.leader != reconciler.leader else { return }
        lead(reconciler.isLeader, at: now, time, in: &group)
    }

    private mutating func lead(
        _ isLeader: Bool, at now: Instant, _ time: WallTime, in group: inout DiscardingTaskGroup
    ) {
        let event = ReconcilerEvent.leadershipChanged(
            isLeader: isLeader, leader: election.leader)
        perform(reconciler.handle(event, at: now, time: time), at: now, time, in: &group)
    }

    /// Says once what keeps the lease from being read or written, and shows it until that ends.
    private mutating func noteLease(_ problem: KubernetesError?) {
        let text = problem.map { "The lease that decides who allocates cannot be had: \($0)" }
        if let text, text != reconciler.leaseProblem {
            loop.logger.warning("no lease", metadata: ["error": "\(text)"])
        }
        reconciler.leaseProblem = text
    }

    private mutating func perform(
        _ effects: [ReconcilerEffect], at now: Instant, _ time: WallTime,
        in group: inout DiscardingTaskGroup
    ) {
        for effect in effects {
            switch effect {
            case .writeStatus(let service, let patch):
                // By the clock as it is now: a decision may have taken its time.
                let mayWrite = election.mayWrite(at: .now())
                group.addTask { [loop] in
                    guard mayWrite else {
                        let error = KubernetesError(
                            verb: .patch, path: "status of \(service)", cause: .cancelled)
                        return await loop.send(.statusWritten(service, .failure(error)))
                    }
                    let result = await loop.writeStatus(NamespacedName(service), patch)
                    await loop.send(.statusWritten(service, result))
                }
            case .recordEvent(let event):
                let wallClock = Time(secondsSince1970: time.microseconds / 1_000_000)
                let occurrence = EventOccurrence(event)
                guard let event = correlator.event(for: occurrence, at: now, wallClock: wallClock)
                else { continue }
                if held.count < APILoop.eventsMax { held.append(event) }
            case .readRetained:
                group.addTask { [loop] in
                    await loop.send(.retainedRead(await loop.readRetained()))
                }
            case .writeRetained(let write):
                let mayWrite = election.mayWrite(at: .now())
                group.addTask { [loop] in
                    await loop.send(.retainedWritten(await loop.write(write, allowed: mayWrite)))
                }
            case .followNamespaces(let follows):
                loop.terms.continuation.yield(follows)
            case .tellSegment(let event):
                loop.segment.send(event)
            case .useKeyring(let keyring):
                loop.segment.send(keyring)
            case .saveKeys(let keys):
                loop.saveKeys(keys)
            case .saveLastKnown(let lastKnown):
                loop.unsaved.continuation.yield(lastKnown)
            case .note(let note):
                note.log(to: loop.logger)
            }
        }
    }

    private func stopInTime(in group: inout DiscardingTaskGroup) {
        group.addTask { [loop] in
            // Cancelled when the lease was given back before.
            try? await Task.sleep(for: APILoop.stopDurationMax)
            await loop.inputs.send(.stopWaitedLongEnough)
        }
    }

    private mutating func arm(at now: Instant, in group: inout DiscardingTaskGroup) {
        let deadline = [
            reconciler.nextDeadline(after: now), election.nextDeadline,
        ].compactMap { $0 }.min()
        guard let deadline, let pause = timer.arm(for: deadline, at: now) else { return }
        group.addTask { [loop] in
            // Cancelled only when the loop has ended.
            try? await Task.sleep(for: pause)
            await loop.inputs.send(.deadlineReached(deadline))
        }
    }
}

/// When the loop is to be woken next; of several timers under way the earliest counts.
private struct LoopTimer {
    private var armed: Instant?

    /// The pause after which to wake the loop; nil when an earlier timer is under way anyway.
    mutating func arm(for deadline: Instant, at now: Instant) -> Duration? {
        guard armed.map({ deadline < $0 }) ?? true else { return nil }
        armed = deadline
        return max(deadline - now, .zero)
    }

    /// A timer that was overtaken by an earlier one changes nothing: else each would leave another.
    mutating func fired(_ deadline: Instant) {
        if armed == deadline { armed = nil }
    }
}
