import Addressing
import Kubernetes

/// What the segment loop's thread and the responder know at this instant, for the status.
package struct SegmentFacts: Sendable {
    package let hellos: HelloLedger.Record
    /// The indices of links on which nobody can answer now.
    package let failingLinks: [Int32]

    /// Why addresses of `mode: address` that this node should answer for are not on their links.
    package let hostAddressFailures: [IPAddress: String]

    /// Why none of them is looked after now, so that the kernel lets them go.
    package let hostAddressProblem: String?

    /// An operator keeps the addresses away from this node.
    package let isDrained: Bool

    /// Requests to the API so far, counted by its clients.
    package let apiRequests: [RequestKind: Int64]

    /// The kernel's `arp_ignore` by link that may announce.
    package let arpIgnore: [String: Int]

    package init(
        hellos: HelloLedger.Record = .init(), failingLinks: [Int32] = [],
        hostAddressFailures: [IPAddress: String] = [:], hostAddressProblem: String? = nil,
        isDrained: Bool = false, apiRequests: [RequestKind: Int64] = [:],
        arpIgnore: [String: Int] = [:]
    ) {
        self.arpIgnore = arpIgnore
        self.apiRequests = apiRequests
        self.isDrained = isDrained
        self.hellos = hellos
        self.failingLinks = failingLinks
        self.hostAddressFailures = hostAddressFailures
        self.hostAddressProblem = hostAddressProblem
    }
}
