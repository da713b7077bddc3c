import Addressing
import Timing
import Wire

@testable import Ownership

/// Several `Ownership` values on one segment with a gateway: every frame and hello takes 0.2 ms.
///
/// Small on purpose: one fault at a time, told as a story.
struct Cluster {
    struct Node {
        var ownership: Ownership
        var isUp = true
        var isPaused = false
        /// Hellos and frames that wait for a paused node.
        var waiting: [OwnershipEvent] = []
        var answers: Set<IPAddress> = []
        var reports: [OwnershipReport] = []
        var hasFinished = false
    }

    private(set) var nodes: [Node] = []
    private(set) var now = Instant.zero
    /// Who began or stopped to answer, in order: "250 n1 +192.0.2.16".
    private(set) var answering: [String] = []
    private(set) var announced: [(milliseconds: Int64, node: Int, address: IPAddress)] = []
    private(set) var questions: [(milliseconds: Int64, node: Int, address: IPAddress)] = []
    private(set) var hellos = 0
    private(set) var helloBytesMax = 0
    /// The last hello of each node.
    private(set) var lastHello: [Int: Hello] = [:]
    /// Incarnations that were to be saved.
    private(set) var saved: [UInt32] = []
    /// Frames and hellos from the first to the second are lost.
    var cut: Set<[Int]> = []
    /// Only hellos are.
    var helloCut: Set<[Int]> = []
    /// Only frames are.
    var frameCut: Set<[Int]> = []
    /// Nothing at all reaches these nodes.
    var deaf: Set<Int> = []
    var hasGateway = true
    /// How many questions for the gateway are still to be lost.
    var gatewayLosses = 0
    /// What every node's view holds.
    var facts: [AddressFacts] = []

    /// Latest first.
    private var queue: [(due: Instant, node: Int, event: OwnershipEvent)] = []
    let profile: HelloProfile
    let rebalancesByItself: Bool
    let onConflict: ConflictPolicy
    /// A host that is no node has this address and answers probes of it, and questions.
    var foreignAddress: IPAddress?
    let wireTruth: Duration?

    static let delay: Duration = .microseconds(200)
    /// The gateway, in `frameCut`.
    static let outside = -1
    static let gateway = IPAddress.ipv4(IPv4Address(192, 0, 2, 254))
    static let gatewayMAC = LinkAddress(bits: 0x02_0000_00FF_FE)

    init(
        count: Int, addresses: Int, profile: HelloProfile = .normal,
        rebalancesByItself: Bool = false, onConflict: ConflictPolicy = .defend,
        wireTruth: Duration? = nil
    ) {
        self.onConflict = onConflict
        self.profile = profile
        self.wireTruth = wireTruth
        self.rebalancesByItself = rebalancesByItself
        facts = (0..<addresses).map { number in
            AddressFacts(
                Self.address(number),
                eligibility: .nodes((0..<count).map { Self.name($0) }.sorted()))
        }
        for number in 0..<count {
            nodes.append(Node(ownership: fresh(number, incarnation: 1)))
        }
    }

    static func name(_ number: Int) -> String { "n\(number)" }
    static func mac(_ number: Int) -> LinkAddress {
        LinkAddress(bits: 0x02_0000_0001_00 + UInt64(number))
    }
    static func own(_ number: Int) -> IPAddress { .ipv4(IPv4Address(192, 0, 2, UInt8(1 + number))) }
    static func address(_ number: Int) -> IPAddress {
        .ipv4(IPv4Address(bits: 0xC000_0300 + UInt32(number)))
    }

    private func fresh(_ number: Int, incarnation: UInt32) -> Ownership {
        Ownership(
            configuration: OwnershipConfiguration(
                node: Self.name(number), profile: profile,
                rebalancesByItself: rebalancesByItself, onConflict: onConflict,
                wireTruthInterval: wireTruth),
            incarnation: incarnation, at: now)
    }

    private func links(_ number: Int, running: Bool, timesDown: UInt32 = 0) -> LinkTable {
        let prefix = Prefix(Self.own(number), length: 16)
        return LinkTable(
            links: [
                Link(
                    index: 2, name: "eth0", address: Self.mac(number), isRunning: running,
                    interfaceAddresses: [.init(Self.own(number), prefixLength: 16)],
                    timesDown: timesDown)
            ],
            routes: [
                Route(destination: prefix, linkIndex: 2),
                Route(
                    destination: Prefix(.ipv4(.any), length: 0), gateway: Self.gateway, linkIndex: 2
                ),
            ])
    }

    /// Starts all nodes, 5 ms apart, and lets them settle.
    mutating func start(settle: Int64 = 1_500) {
        for number in nodes.indices {
            boot(number)
            run(milliseconds: 5)
        }
        run(milliseconds: settle)
    }

    mutating func boot(_ number: Int, withView: Bool = true) {
        send(.linksChanged(links(number, running: true)), to: number)
        tellPeers(number)
        send(.ownNodePresent(true), to: number)
        if withView { send(.viewLoaded(facts, isFresh: true), to: number) }
    }

    mutating func tellPeers(_ number: Int) {
        let all = nodes.indices.map { PeerNode(Self.name($0), addresses: [Self.own($0)]) }
        send(.peersChanged(all), to: number)
    }

    /// Comes back with nothing but its links: nothing that is said to it is accepted.
    mutating func restartUntold(_ number: Int, incarnation: UInt32) {
        nodes[number] = Node(ownership: fresh(number, incarnation: incarnation))
        send(.linksChanged(links(number, running: true)), to: number)
    }

    // Faults.

    mutating func kill(_ number: Int) {
        nodes[number].isUp = false
        note(number, answers: [])
    }

    /// Comes back with an empty memory.
    mutating func restart(_ number: Int, incarnation: UInt32, withView: Bool = true) {
        nodes[number] = Node(ownership: fresh(number, incarnation: incarnation))
        boot(number, withView: withView)
    }

    mutating func pause(_ number: Int) { nodes[number].isPaused = true }

    mutating func wake(_ number: Int) {
        nodes[number].isPaused = false
        let waiting = nodes[number].waiting
        nodes[number].waiting = []
        for event in waiting { send(event, to: number) }
        if waiting.isEmpty { send(.deadlineReached, to: number) }
    }

    mutating func isolate(_ number: Int, _ isCut: Bool = true) {
        for other in nodes.indices where other != number {
            for pair in [[number, other], [other, number]] {
                if isCut { cut.insert(pair) } else { cut.remove(pair) }
            }
        }
    }

    /// ARP of the node does not come out, or in; hellos do.
    mutating func gag(_ number: Int, _ isGagged: Bool = true, inwards: Bool = false) {
        for other in nodes.indices where other != number {
            setFrameCut(inwards ? [other, number] : [number, other], isGagged)
        }
        let outside = Self.outside
        setFrameCut(inwards ? [outside, number] : [number, outside], isGagged)
    }

    private mutating func setFrameCut(_ pair: [Int], _ isCut: Bool) {
        if isCut { frameCut.insert(pair) } else { frameCut.remove(pair) }
    }

    mutating func setLink(_ number: Int, running: Bool) {
        send(.linksChanged(links(number, running: running)), to: number)
    }

    /// The link went down and came up before anybody looked.
    mutating func flapLink(_ number: Int) {
        send(.linksChanged(links(number, running: true, timesDown: 1)), to: number)
    }

    /// The foreign host says to all that the address is its own.
    mutating func foreignHostSpeaks() {
        guard let address = foreignAddress else { return }
        for number in nodes.indices {
            enqueue(
                frame(Scene.foreignMAC, address, address, isRequest: true), to: number, hops: 1)
        }
    }

    // Time.

    mutating func send(_ event: OwnershipEvent, to number: Int) {
        guard nodes[number].isUp, !nodes[number].hasFinished else { return }
        guard !nodes[number].isPaused else {
            nodes[number].waiting.append(event)
            return
        }
        let effects = nodes[number].ownership.handle(event, at: now)
        for effect in effects { carryOut(effect, of: number) }
    }

    mutating func run(milliseconds: Int64) {
        let end = now + .milliseconds(milliseconds)
        while let next = nextInstant(), next <= end {
            now = max(now, next)
            if let item = queue.last, item.due <= now {
                queue.removeLast()
                send(item.event, to: item.node)
            } else {
                tickDue()
            }
        }
        now = end
    }

    private func nextInstant() -> Instant? {
        let deadlines = nodes.compactMap {
            $0.isUp && !$0.isPaused && !$0.hasFinished ? $0.ownership.nextDeadline : nil
        }
        return (deadlines + queue.suffix(1).map(\.due)).min()
    }

    private mutating func tickDue() {
        for number in nodes.indices {
            let node = nodes[number]
            guard node.isUp, !node.isPaused, let due = node.ownership.nextDeadline, due <= now
            else { continue }
            send(.deadlineReached, to: number)
            let next = nodes[number].ownership.nextDeadline
            precondition(
                next.map { $0 > now } ?? true, "\(number): deadline \(next as Any) at \(now)")
        }
    }

    // The segment.

    private mutating func carryOut(_ effect: OwnershipEffect, of number: Int) {
        switch effect {
        case .sendHello(let hello, let targets, let link):
            helloBytesMax = max(helloBytesMax, hello.datagramBytes)
            lastHello[number] = hello
            for target in targets {
                guard let other = nodes.indices.first(where: { Self.own($0) == target }) else {
                    continue
                }
                hellos += 1
                guard !helloCut.contains([number, other]) else { continue }
                deliver(
                    .helloReceived(hello, link: link, source: Self.own(number)), from: number,
                    to: other)
            }
        case .publish(let table): note(number, answers: Set(table.entries.map(\.address)))
        case .announce(let addresses, _):
            for address in addresses {
                announced.append(((now - .zero).milliseconds, number, address))
                broadcast(address, isRequest: true, target: address, from: number)
            }
        case .askWire(let address, _):
            questions.append((milliseconds, number, address))
            ask(address, from: number)
        case .sendProbe(let address, _):
            broadcast(nil, isRequest: true, target: address, from: number)
            answerAsForeigner(address, to: number)
        case .report(let report): nodes[number].reports.append(report)
        case .saveIncarnation(let incarnation): saved.append(incarnation)
        case .finishedLeaving: nodes[number].hasFinished = true
        }
    }

    private mutating func answerAsForeigner(_ address: IPAddress, to number: Int) {
        guard address == foreignAddress else { return }
        enqueue(frame(Scene.foreignMAC, address, Self.own(number)), to: number, hops: 2)
    }

    private mutating func ask(_ address: IPAddress, from number: Int) {
        broadcast(Self.own(number), isRequest: true, target: address, from: number)
        answerAsForeigner(address, to: number)
        if hasGateway, address == Self.gateway, framesPass(number, Self.outside),
            framesPass(Self.outside, number)
        {
            gatewayLosses -= 1
            guard gatewayLosses < 0 else { return }
            enqueue(frame(Self.gatewayMAC, address, Self.own(number)), to: number, hops: 2)
        }
        if wireTruth != nil, address == foreignAddress {
            enqueue(frame(Scene.foreignMAC, address, Self.own(number)), to: number, hops: 2)
        }
        for other in nodes.indices where other != number {
            // Its kernel answers for its own, which only stories of the wire need.
            let isOwn = wireTruth != nil && address == Self.own(other)
            let answers = isOwn || nodes[other].answers.contains(address)
            guard nodes[other].isUp, answers, framesPass(number, other), framesPass(other, number)
            else { continue }
            enqueue(frame(Self.mac(other), address, Self.own(number)), to: number, hops: 2)
        }
    }

    private func frame(
        _ mac: LinkAddress, _ sender: IPAddress?, _ target: IPAddress, isRequest: Bool = false
    ) -> OwnershipEvent {
        .frameReceived(
            NeighborFrame(
                link: 2, source: mac, senderAddress: sender, senderLinkAddress: mac,
                targetAddress: target, isRequest: isRequest))
    }

    private func framesPass(_ from: Int, _ to: Int) -> Bool {
        !cut.contains([from, to]) && !frameCut.contains([from, to])
    }

    private mutating func broadcast(
        _ sender: IPAddress?, isRequest: Bool, target: IPAddress, from number: Int
    ) {
        for other in nodes.indices where other != number && framesPass(number, other) {
            deliver(
                frame(Self.mac(number), sender, target, isRequest: isRequest), from: number,
                to: other)
        }
    }

    private mutating func deliver(_ event: OwnershipEvent, from number: Int, to other: Int) {
        guard !cut.contains([number, other]) else { return }
        enqueue(event, to: other, hops: 1)
    }

    private mutating func enqueue(_ event: OwnershipEvent, to node: Int, hops: Int) {
        guard !deaf.contains(node) else { return }
        if case .helloReceived(_, let link, let source, _) = event,
            !nodes[node].ownership.acceptsHello(from: source, on: link)
        {
            return
        }
        let due = now + Self.delay * hops
        let index = queue.firstIndex { $0.due <= due } ?? queue.endIndex
        queue.insert((due, node, event), at: index)
    }

    private mutating func note(_ number: Int, answers: Set<IPAddress>) {
        let at = (now - .zero).milliseconds
        for address in nodes[number].answers.subtracting(answers).sorted() {
            answering.append("\(at) n\(number) -\(address)")
        }
        for address in answers.subtracting(nodes[number].answers).sorted() {
            answering.append("\(at) n\(number) +\(address)")
        }
        nodes[number].answers = answers
    }

    // What a test asks.

    /// The nodes that answer for the address now.
    func owners(_ number: Int) -> [Int] {
        nodes.indices.filter { nodes[$0].isUp && nodes[$0].answers.contains(Self.address(number)) }
    }

    /// The nodes that claim the address now, answering or still silent.
    func claimants(of number: Int) -> [Int] {
        nodes.indices.filter { node in
            let slots = nodes[node].ownership.slots
            return nodes[node].isUp
                && slots.number(of: Self.address(number)).map { slots[$0].own != nil } ?? false
        }
    }

    /// How many addresses each node answers for.
    var counts: [Int] { nodes.map { $0.isUp ? $0.answers.count : 0 } }

    var milliseconds: Int64 { (now - .zero).milliseconds }

    mutating func forget() {
        answering = []
        announced = []
        questions = []
        hellos = 0
        for number in nodes.indices { nodes[number].reports = [] }
    }

    /// "owners of every address": nil when each has exactly one.
    var firstWithoutOneOwner: String? {
        facts.indices.first { owners($0).count != 1 }.map { "\($0): \(owners($0))" }
    }
}
