import Addressing
import Timing
import Wire

/// What is to be done, in this order; none of it waits or answers.
package enum OwnershipEffect: Hashable, Sendable {
    /// One datagram, sealed once, to each of these peers.
    case sendHello(Hello, to: [IPAddress], link: Int32)
    /// From now on answer for exactly these addresses.
    case publish(AnswerTable)
    /// One announcement (ARP request and reply form, or an advertisement) of each address, now.
    case announce([IPAddress], link: Int32)
    /// An RFC 5227 probe: sender address 0.0.0.0 or ::.
    case sendProbe(IPAddress, link: Int32)
    /// An ordinary request for an address, to see whether anybody answers.
    case askWire(IPAddress, link: Int32)
    /// Before any hello carries it, and to be on disk before the next start.
    case saveIncarnation(UInt32)
    case report(OwnershipReport)
    /// After `leaveRequested`: nothing is answered any more.
    case finishedLeaving
}

/// The addresses that this node answers for, by link: what the responder reads.
package struct AnswerTable: Hashable, Sendable {
    /// Ascending by link, then address.
    package let entries: [Entry]

    package struct Entry: Hashable, Comparable, Sendable {
        package let link: Int32
        package let address: IPAddress
        /// From then on it is not answered for, whether or not another table was published: what is
        /// lingered for ends though the segment loop stands still. Nil: it does not end by itself.
        package let until: Instant?
        /// The address is put on the link, so that the kernel answers (`mode: address`).
        package let isAnsweredByKernel: Bool

        package init(
            link: Int32, address: IPAddress, until: Instant? = nil,
            isAnsweredByKernel: Bool = false
        ) {
            self.link = link
            self.address = address
            self.until = until
            self.isAnsweredByKernel = isAnsweredByKernel
        }

        package static func < (left: Entry, right: Entry) -> Bool {
            (left.link, left.address) < (right.link, right.address)
        }
    }

    package init(_ entries: [Entry]) {
        self.entries = entries.sorted()
    }

    package static let empty = AnswerTable([])

    /// By the kernel or by the responder.
    package func answers(_ address: IPAddress, on link: Int32, at now: Instant) -> Bool {
        entry(of: address, on: link, at: now) != nil
    }

    /// What is now answered for. Binary search; allocates nothing.
    package func entry(of address: IPAddress, on link: Int32, at now: Instant) -> Entry? {
        let wanted = Entry(link: link, address: address)
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle] < wanted { low = middle + 1 } else { high = middle }
        }
        guard low < entries.count, entries[low].link == link, entries[low].address == address
        else { return nil }
        if let until = entries[low].until, now >= until { return nil }
        return entries[low]
    }
}
