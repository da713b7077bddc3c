/// Every service of type LoadBalancer that the daemon knows, sorted by "namespace/name": what the
/// control socket answers to `GET /v1/services`.
package struct ServiceListing: Hashable, Sendable, Decodable {
    package let services: [ListedService]

    package init(services: [ListedService]) {
        self.services = services
    }

    package var document: Document {
        .fields(["services": .list(services.map(\.document))])
    }
}

/// One service: what it holds, or why it holds nothing.
package struct ListedService: Hashable, Sendable, Decodable {
    /// "namespace/name".
    package let service: String
    package let state: State
    /// What `status.loadBalancer.ingress` says, primary family first; empty while pending.
    package let addresses: [String]
    /// Where the addresses come from.
    package let pool: String?
    /// Reason of the condition `herald.dev/Allocated`.
    package let reason: String?
    /// The condition's sentence.
    package let message: String?

    /// Whether the service has what it asks for.
    package enum State: String, Hashable, Sendable, CaseIterable, Decodable {
        /// Holds addresses of ours.
        case allocated
        /// Waits for one.
        case pending
        /// Holds addresses that somebody else wrote: left alone.
        case foreign
    }

    package init(
        service: String, state: State, addresses: [String] = [], pool: String? = nil,
        reason: String? = nil, message: String? = nil
    ) {
        self.service = service
        self.state = state
        self.addresses = addresses
        self.pool = pool
        self.reason = reason
        self.message = message
    }

    package var document: Document {
        .fields([
            "service": .text(service), "state": .text(state.rawValue),
            "addresses": .texts(addresses), "pool": pool.map(Document.text),
            "reason": reason.map(Document.text), "message": message.map(Document.text),
        ])
    }
}
