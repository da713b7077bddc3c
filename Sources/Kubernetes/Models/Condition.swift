/// One entry of `status.conditions` (metav1.Condition; a Node's entries have the same fields).
package struct Condition: Hashable, Sendable {
    package var type: String
    /// `True`, `False` or `Unknown`.
    package var status: String
    package var reason: String
    package var message: String
    package var lastTransitionTime: Time?

    package init(
        type: String, status: String, reason: String, message: String, lastTransitionTime: Time?
    ) {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message
        self.lastTransitionTime = lastTransitionTime
    }
}

extension Condition: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        type = try container.decode(.type, or: "")
        status = try container.decode(.status, or: "")
        reason = try container.decode(.reason, or: "")
        message = try container.decode(.message, or: "")
        lastTransitionTime = try container.decodeIfPresent(Time.self, forKey: .lastTransitionTime)
    }
}
