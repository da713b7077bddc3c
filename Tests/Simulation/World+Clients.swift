import Addressing
import Timing

/// A Linux host that uses the addresses.
struct Client: Sendable {
    let station: Int
    /// Sends to each address all the time; else now and then.
    let isBusy: Bool
    var cache: NeighbourCache
    /// By address: the deadline that an occurrence is under way for.
    var pending: [Moment]
}

/// One question of many, asked only to see whether anybody answers.
struct Sample: Sendable {
    let address: Int
    let askedAt: Moment
    var isAnswered = false
}

// Clients: their neighbour caches, and questions asked to see who answers.
extension World {
    /// A client that does not send all the time sends every few seconds.
    private static let idleTime: ClosedRange<Duration> = .seconds(3)...(.seconds(9))
    /// An answer that takes longer came too late.
    private static let answerTime: Duration = .milliseconds(40)
    /// Clients begin once the nodes have started, within this time.
    private static let beginTime: ClosedRange<Duration> = .zero...(.milliseconds(300))

    mutating func prepareClients() {
        for client in clients.indices {
            for address in 0..<plan.addresses {
                queue.schedule(
                    .use(client: client, address: address),
                    at: plan.started + generator.within(Self.beginTime))
            }
        }
        if plan.askEvery != nil { queue.schedule(.sample, at: plan.started) }
    }

    private func text(_ address: Int) -> IPAddress {
        Names.address(address, bothFamilies: plan.bothFamilies)
    }

    /// The link that clients reach an address by: the first of those that announce it.
    func clientLink(of address: Int) -> Int32 {
        Names.linkIndex(plan.links == 1 ? 0 : announcingLinks(of: address)[0])
    }

    mutating func use(_ client: Int, _ address: Int) {
        let isBusy = clients[client].isBusy
        if !isBusy {
            queue.schedule(
                .use(client: client, address: address), at: now + generator.within(Self.idleTime))
        }
        guard api.addresses[address] != nil else {
            clients[client].cache.forget(text(address))
            notePointer(client, address)
            return
        }
        let question = clients[client].cache.use(text(address), now: now)
        followUp(client, address, question)
    }

    mutating func turnCache(_ client: Int, _ address: Int) {
        let question = clients[client].cache.turn(text(address), now: now)
        followUp(client, address, question)
        if clients[client].isBusy, question == nil { use(client, address) }
    }

    mutating func hear(_ frame: Frame, client: Int) {
        switch frame {
        case .announcement(let addresses, let link, let from):
            for address in addresses { hearAnnouncement(client, address, link, from) }
        case .answer(let address, let link, let from, let sample):
            if let sample { return samples[sample].isAnswered = true }
            let form: NeighbourCache.Form =
                address.family == .ipv4 ? .answer : .solicitedAdvertisement
            hear(form, client, address, link, from)
        case .question(let question):
            let link = Names.link(ofIndex: question.link)
            let station = clients[client].station
            guard question.address == Names.interfaceAddress(station: station, link: link) else {
                return
            }
            reply(to: question, from: station)
        }
    }

    private mutating func hearAnnouncement(
        _ client: Int, _ address: IPAddress, _ link: Int32, _ from: Int
    ) {
        guard address.family == .ipv4 else {
            return hear(.advertisement, client, address, link, from)
        }
        hear(.gratuitousRequest, client, address, link, from)
        hear(.gratuitousReply, client, address, link, from)
    }

    private mutating func hear(
        _ form: NeighbourCache.Form, _ client: Int, _ address: IPAddress, _ link: Int32,
        _ from: Int
    ) {
        guard let number = Names.index(of: address), link == clientLink(of: number) else { return }
        let linkAddress = Names.linkAddress(
            station: from, link: Names.link(ofIndex: link))
        clients[client].cache.hear(form, of: address, at: linkAddress, now: now)
        let isStale = clients[client].cache.entries[address]?.state == .stale
        let question =
            clients[client].isBusy && isStale
            ? clients[client].cache.use(address, now: now) : nil
        followUp(client, number, question)
    }

    /// Sends what the cache wants to ask, sees to its deadline, and tells observers where it points.
    private mutating func followUp(
        _ client: Int, _ address: Int, _ question: NeighbourCache.Question?
    ) {
        let station = clients[client].station
        let link = clientLink(of: address)
        switch question {
        case .broadcast:
            ask(
                text(address), link: link, from: station,
                asker: Names.interfaceAddress(
                    station: station, link: Names.link(ofIndex: link)))
        case .unicast(let linkAddress):
            if let receiver = Names.station(of: linkAddress) {
                confirm(text(address), link: link, from: station, to: receiver)
            }
        case nil: break
        }
        if let deadline = clients[client].cache.entries[text(address)]?.deadline,
            deadline != .never, deadline > now, deadline != clients[client].pending[address]
        {
            clients[client].pending[address] = deadline
            queue.schedule(.cacheTurn(client: client, address: address), at: deadline)
        }
        notePointer(client, address)
    }

    private mutating func notePointer(_ client: Int, _ address: Int) {
        let station = clients[client].cache.linkAddress(for: text(address))
            .flatMap(Names.station)
        guard ledger.pointers[client][address] != station else { return }
        observe(.pointed(client: client, address: address, station: station))
    }

    /// The busy client asks for every address by broadcast, beside what its cache does.
    mutating func takeSample() {
        guard let every = plan.askEvery else { return }
        queue.schedule(.sample, at: now + every)
        let station = clients[0].station
        for address in 0..<plan.addresses where api.addresses[address] != nil {
            samples.append(Sample(address: address, askedAt: now))
            let link = clientLink(of: address)
            ask(
                text(address), link: link, from: station,
                asker: Names.interfaceAddress(station: station, link: Names.link(ofIndex: link)),
                sample: samples.count - 1)
            queue.schedule(.judge(sample: samples.count - 1), at: now + Self.answerTime)
        }
    }

    mutating func judge(_ sample: Int) {
        let judged = samples[sample]
        guard !judged.isAnswered else { return }
        observe(.unanswered(address: judged.address, askedAt: judged.askedAt))
    }
}
