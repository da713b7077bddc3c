/// A route of the kernel's main table: facts only.
package struct Route: Hashable, Sendable {
    package var destination: Prefix
    /// The next hop, nil for an on-link route.
    package var gateway: IPAddress?
    /// The interface index that the route leaves by.
    package var linkIndex: Int32
    /// The kernel's priority; the lower wins.
    package var metric: UInt32

    package init(
        destination: Prefix, gateway: IPAddress? = nil, linkIndex: Int32, metric: UInt32 = 0
    ) {
        self.destination = destination
        self.gateway = gateway
        self.linkIndex = linkIndex
        self.metric = metric
    }
}
