import Addressing
import Timing
import Wire

// What this node says, and when.
extension Ownership {
    /// A changed claim is said again after these times: a lost hello would leave two owners for a
    /// period (rule 10).
    static let changeRepeats: [Duration] = [.milliseconds(5), .milliseconds(15)]
    /// Claims younger than this go into every regular hello that does not hold all claims.
    static let changeMemory: Duration = .milliseconds(200)

    /// A peer on a link that is to hear everything at once.
    struct Listener: Hashable, Comparable, Sendable {
        let link: Int32
        let node: Int

        static func < (left: Listener, right: Listener) -> Bool {
            (left.link, left.node) < (right.link, right.node)
        }
    }

    mutating func speak(at now: Instant) {
        findTargets()
        guard segments.contains(where: \.isRunning), !hasLeft else {
            tickDue = nil
            repeatsDue = []
            return
        }
        let isTick = tickDue.map { $0 <= now } ?? true
        let isRepeat = repeatsDue.contains { $0 <= now }
        let isChange =
            owesHello
            || segments.indices.contains {
                segments[$0].isRunning && segments[$0].saidFlags != statedFlags(on: $0)
            }
        if owesHello, !changes.isEmpty { repeatsDue += Self.changeRepeats.map { now + $0 } }
        if isRepeat { repeatsDue.removeAll { $0 <= now } }
        if !changes.isEmpty { changes.removeAll { now - $0.at > Self.changeMemory } }
        owesHello = false
        if isTick || isChange || isRepeat {
            for index in segments.indices where segments[index].isRunning {
                segments[index].saidFlags = statedFlags(on: index)
                say(on: index, isRegular: isTick && !isChange && !isRepeat, at: now)
            }
        }
        sayEverything(at: now)
        guard isTick else { return }
        let next = (tickDue ?? now) + configuration.profile.period
        tickDue = next > now ? next : now + configuration.profile.period
    }

    private mutating func say(on index: Int, isRegular: Bool, at now: Instant) {
        guard !segments[index].targets.isEmpty || !segments[index].namesakes.isEmpty else { return }
        let pages = pages(on: index, at: now)
        let changed = changedClaims
        guard isRegular else {
            for hello in pages.changes(changed) { send(hello, on: index) }
            return
        }
        var (hello, next) = pages.page(from: segments[index].pageCursor, changed: changed)
        segments[index].pageCursor = next
        if isQuiet { hello.flags.insert(.routine) }
        send(hello, on: index)
    }

    /// Peers that are new or back hear all at once, when it is more than one hello or was not said
    /// just now.
    private mutating func sayEverything(at now: Instant) {
        guard !owedEverything.isEmpty else { return }
        for listener in owedEverything.sorted() {
            guard let index = segmentIndex(listener.link), segments[index].isRunning,
                let source = segments[index].member(listener.node)?.source
            else { continue }
            for hello in pages(on: index, to: listener.node, at: now).everything() {
                send(hello, on: index, to: [source])
            }
        }
        owedEverything = []
    }

    mutating func sayGoodbye(at now: Instant) {
        for index in segments.indices where segments[index].isRunning {
            var pages = pages(on: index, at: now)
            pages.yields = []
            for _ in 0..<Self.goodbyes {
                for var hello in pages.changes([]) {
                    hello.flags.insert([.leaving, .goodbye])
                    send(hello, on: index)
                }
            }
        }
    }

    /// A lost goodbye costs the peers a suspicion.
    static let goodbyes = 2

    private mutating func send(_ hello: Hello, on index: Int, to targets: [IPAddress]? = nil) {
        let targets = targets ?? segments[index].targets + segments[index].namesakes
        guard !targets.isEmpty else { return }
        sequence += 1
        var numbered = hello
        numbered.sequence = sequence
        outbox.append(.sendHello(numbered, to: targets, link: segments[index].link))
    }

    /// The claims that changed lately, ascending, as they are now.
    private var changedClaims: [Hello.Claim] {
        guard !changes.isEmpty else { return [] }
        return Set(changes.map(\.slot)).compactMap { slots.statedClaim($0) }
            .sorted { $0.address < $1.address }
    }

    private mutating func pages(
        on index: Int, to listener: Int? = nil, at now: Instant
    ) -> HelloPages {
        var base = Hello(
            node: configuration.node, incarnation: incarnation, sequence: 0,
            periodMilliseconds: UInt16(clamping: configuration.profile.period.milliseconds),
            misses: UInt8(clamping: configuration.profile.misses), flags: statedFlags(on: index),
            linkAddress: segments[index].linkAddress, addresses: statedAddresses,
            poolSetHash: configuration.poolSetHash)
        base.claimCount = slots.ownDigest.count
        base.claimDigest = slots.ownDigest.sum
        var pages = HelloPages(
            base: base,
            heard: segments[index].heardByTurns(nodes: nodes, listener: listener, at: now),
            claims: slots.statedClaims)
        addRecords(to: &pages, at: now)
        pages.findings = findings.stated(at: now)
        return pages
    }

    private mutating func addRecords(to pages: inout HelloPages, at now: Instant) {
        guard !recordSlots.isEmpty || !contestedSlots.isEmpty else { return }
        for slot in recordSlots.sorted(by: { slots[$0].address < slots[$1].address }) {
            let address = slots[slot].address
            if let record = slots[slot].yielded {
                pages.yields.append(.init(address, epoch: record.epoch))
            }
            if let record = slots[slot].gone {
                pages.gone.append(.init(address, epoch: record.epoch))
            }
            if let record = slots[slot].vouched {
                pages.vouched.append(vouched(slot, record.claim, by: record.owner))
            }
            if slots[slot].yielded == nil, slots[slot].gone == nil { recordSlots.remove(slot) }
        }
        for slot in contestedSlots.sorted(by: { slots[$0].address < slots[$1].address })
        where slots[slot].own == nil && slots[slot].vouched == nil {
            let heard = slots[slot].rivals.filter { isWitnessed($0, slot, at: now) }
            guard heard.count > 1,
                let winner = heard.max(by: { rank(of: $0, slot) < rank(of: $1, slot) })
            else { continue }
            pages.vouched.append(vouched(slot, winner.claim, by: winner.node))
        }
    }

    private func vouched(_ slot: Int, _ claim: Hello.Claim, by node: Int) -> Hello.Vouched {
        .init(
            slots[slot].address, epoch: claim.epoch, isStrong: claim.isStrong,
            ownerTag: nodes.tags[node])
    }

    private func statedFlags(on index: Int) -> Hello.Flags {
        var flags = Hello.Flags(rawValue: 0)
        if gate.isStarting { flags.insert(.starting) }
        if view.isLoaded { flags.insert(.serving) }
        if gives { flags.insert(.draining) }
        if leavingSince != nil { flags.insert(.leaving) }
        if view.isLoaded, !view.isFresh { flags.insert(.stale) }
        if segments[index].isDeaf { flags.insert(.deaf) }
        if segments[index].unsureUntil != nil { flags.insert(.late) }
        if rebalance.isSaidUntil != nil { flags.insert(.rebalancing) }
        if steadiness.isUnsteady { flags.insert(.unsteady) }
        if unheardUntil != nil { flags.insert(.unheard) }
        return flags
    }

    /// This node's addresses on all its links, without those that mean something on one link only.
    func addressesToState() -> [IPAddress] {
        let all = segments.filter(\.isRunning)
            .flatMap { $0.interfaceAddresses.map(\.address) }
            .filter { !$0.isLinkLocal }
        return Array(Set(all).sorted().prefix(Hello.addressesMax))
    }
}

extension IPAddress {
    /// 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291 §2.5.6).
    var isLinkLocal: Bool {
        switch self {
        case .ipv4(let address): address.bits >> 16 == 0xA9FE
        case .ipv6(let address): address.bits >> 118 == 0x3FA
        }
    }
}
