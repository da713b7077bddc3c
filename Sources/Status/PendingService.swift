/// A service that waits for an address, and why.
package struct PendingService: Hashable, Sendable, Decodable {
    /// "namespace/name".
    package let service: String
    /// Reason of its condition `herald.dev/Allocated`.
    package let reason: String
    /// The condition's sentence: the values, and what would help.
    package let message: String

    package init(service: String, reason: String, message: String) {
        self.service = service
        self.reason = reason
        self.message = message
    }

    package var document: Document {
        .fields([
            "service": .text(service), "reason": .text(reason), "message": .text(message),
        ])
    }
}
