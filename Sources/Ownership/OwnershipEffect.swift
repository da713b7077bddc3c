import Addressing
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
