import Addressing
import Ownership
import Timing
import Wire

extension EchoRequest {
    /// Whether this node answers it: it is for an address that this node, and not its kernel, answers
    /// for on the link, came to the link's own address, and says that it is from one other host. An
    /// address that stands on any link of this node's is the kernel's to answer, without it being told.
    func isAnswered(
        on link: Int32, ownAddress: LinkAddress, answers: AnswerTable, at now: Instant
    ) -> Bool {
        guard destination == ownAddress, source != ownAddress, !source.isMulticast,
            sender.isOneHost, sender != receiver,
            let entry = answers.entry(of: receiver, on: link, at: now)
        else { return false }
        return !entry.isAnsweredByKernel && !entry.isLocal
    }
}

extension IPAddress {
    /// Neither unspecified, nor loopback, nor a group, nor everybody (RFC 1122 §3.2.1.3, RFC 4291
    /// §2.5): an answer may go there.
    fileprivate var isOneHost: Bool {
        switch self {
        case .ipv4(let address):
            let first = address.bits >> 24
            return first != 0 && first != 127 && first < 224
        case .ipv6(let address): return address.bits > 1 && !address.isMulticast
        }
    }
}
