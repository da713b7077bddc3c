import Addressing
import Timing

/// A Linux client's neighbour cache with default settings, as measured on kernel 6.18.
///
/// Which announcement moves an entry, the 1 s locktime that a true gratuitous ARP is exempt from,
/// and ageing: reachable 15 to 45 s, 5 s of delay, three unicast probes 1 s apart, then broadcasts.
package struct NeighbourCache: Sendable {
    /// How an announcement or answer names the owner, as far as a receiver tells forms apart.
    package enum Form: Hashable, Sendable, CaseIterable {
        /// ARP request whose sender and target address are equal.
        case gratuitousRequest
        /// ARP reply to broadcast whose target MAC equals the sender's.
        case gratuitousReply
        /// ARP reply to broadcast with any other target MAC: not gratuitous to this kernel.
        case reply
        /// ARP request for some other address, sent from this one.
        case requestForAnother
        /// ARP reply by unicast.
        case answer
        /// Unsolicited Neighbor Advertisement with override and link-layer option.
        case advertisement
        case advertisementWithoutOverride
        case advertisementWithoutLinkAddress
        /// Solicited Neighbor Advertisement with override and link-layer option.
        case solicitedAdvertisement
    }

    /// Neighbour unreachability states, RFC 4861 §7.3.2, which Linux uses for ARP as well.
    package enum State: Hashable, Sendable {
        case incomplete
        case reachable
        case stale
        case delay
        case probe
        case failed
    }

    package struct Entry: Hashable, Sendable {
        package var state: State
        /// Absent while incomplete or failed.
        package var linkAddress: LinkAddress?
        /// When state or address last changed: what locktime counts from.
        package var updated: Moment
        /// When the state ends by itself.
        package var deadline: Moment
        package var attempts = 0
    }

    /// What the client sends to learn or confirm who owns the address.
    package enum Question: Hashable, Sendable {
        case broadcast
        case unicast(LinkAddress)
    }

    package static let locktime: Duration = .seconds(1)
    package static let reachableTime: ClosedRange<Duration> = .seconds(15)...(.seconds(45))
    package static let delayTime: Duration = .seconds(5)
    package static let retransmitTime: Duration = .seconds(1)
    package static let attemptsMax = 3

    package private(set) var entries: [IPAddress: Entry] = [:]
    private var generator: Generator

    package init(generator: Generator) {
        self.generator = generator
    }

    package func linkAddress(for address: IPAddress) -> LinkAddress? {
        entries[address]?.linkAddress
    }

    /// The client no longer uses the address.
    package mutating func forget(_ address: IPAddress) {
        entries[address] = nil
    }

    /// A frame names `linkAddress` as the owner of `address`.
    package mutating func hear(
        _ form: Form, of address: IPAddress, at linkAddress: LinkAddress, now: Moment
    ) {
        guard let entry = entries[address], Self.accepts(form, entry, linkAddress, now) else {
            return
        }
        let isAnswer = form == .answer || form == .solicitedAdvertisement
        let state: State = isAnswer ? .reachable : .stale
        if entry.linkAddress == linkAddress, state == .stale { return }
        let isUnchanged = entry.state == state && entry.linkAddress == linkAddress
        entries[address] = Entry(
            state: state, linkAddress: linkAddress, updated: isUnchanged ? entry.updated : now,
            deadline: isAnswer ? now + generator.within(Self.reachableTime) : .never)
    }

    /// The measured table: does this form move this entry?
    private static func accepts(
        _ form: Form, _ entry: Entry, _ linkAddress: LinkAddress, _ now: Moment
    ) -> Bool {
        let isSame = entry.linkAddress == linkAddress
        switch form {
        case .gratuitousRequest, .gratuitousReply:
            return true
        case .reply, .requestForAnother, .answer:
            return isSame || entry.linkAddress == nil || now - entry.updated > locktime
        case .advertisement:
            return entry.state != .failed
        case .solicitedAdvertisement:
            return entry.state != .failed
        case .advertisementWithoutOverride:
            return isSame || entry.state == .incomplete
        case .advertisementWithoutLinkAddress:
            return false
        }
    }

    /// A packet is to be sent to the address: asks when the owner is not known.
    package mutating func use(_ address: IPAddress, now: Moment) -> Question? {
        guard let entry = entries[address], entry.state != .failed else {
            entries[address] = Entry(
                state: .incomplete, linkAddress: nil, updated: now,
                deadline: now + Self.retransmitTime, attempts: 1)
            return .broadcast
        }
        if entry.state == .stale {
            entries[address]?.state = .delay
            entries[address]?.deadline = now + Self.delayTime
        }
        return nil
    }

    /// The entry's deadline has come; does nothing before it.
    package mutating func turn(_ address: IPAddress, now: Moment) -> Question? {
        guard let entry = entries[address], entry.deadline <= now else { return nil }
        switch entry.state {
        case .reachable:
            entries[address]?.state = .stale
            entries[address]?.deadline = .never
            return nil
        case .delay, .probe, .incomplete:
            return ask(address, entry, now)
        case .stale, .failed:
            return nil
        }
    }

    private mutating func ask(_ address: IPAddress, _ entry: Entry, _ now: Moment) -> Question? {
        let attempts = entry.state == .delay ? 0 : entry.attempts
        guard attempts < Self.attemptsMax else {
            entries[address] = Entry(
                state: .failed, linkAddress: nil, updated: now, deadline: .never)
            return nil
        }
        entries[address]?.state = entry.linkAddress == nil ? .incomplete : .probe
        entries[address]?.attempts = attempts + 1
        entries[address]?.deadline = now + Self.retransmitTime
        return entry.linkAddress.map(Question.unicast) ?? .broadcast
    }
}
