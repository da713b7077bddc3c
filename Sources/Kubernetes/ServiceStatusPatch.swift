import JSON

/// What one write to a Service's status says; parts that are not named stay as they are.
///
/// It becomes one strategic merge patch of `services/status`, so conditions of others stay, and a
/// Service that changed since `resourceVersion` is refused with a conflict.
package struct ServiceStatusPatch: Hashable, Sendable {
    /// What becomes of `status.loadBalancer.ingress`.
    package enum Ingress: Hashable, Sendable {
        case unchanged
        /// The complete list: the API replaces it whole.
        case entries([LoadBalancerIngress])
        /// `ingress: null`, all that a Service of another type may be told.
        case none
    }

    /// The version that the decision rests on.
    package var resourceVersion: String
    package var ingress: Ingress
    /// Set by type.
    package var conditions: [Condition]
    /// Types of the conditions to remove.
    package var removedConditions: [String]
    /// Set by key; nil removes.
    package var annotations: [String: String?]

    package init(
        resourceVersion: String, ingress: Ingress = .unchanged, conditions: [Condition] = [],
        removedConditions: [String] = [], annotations: [String: String?] = [:]
    ) {
        self.resourceVersion = resourceVersion
        self.ingress = ingress
        self.conditions = conditions
        self.removedConditions = removedConditions
        self.annotations = annotations
    }
}

extension ServiceStatusPatch {
    /// The patch as the API takes it.
    var body: JSONValue {
        var metadata: [String: JSONValue] = ["resourceVersion": .string(resourceVersion)]
        if !annotations.isEmpty {
            metadata["annotations"] = .object(
                annotations.mapValues { value in value.map { .string($0) } ?? .null })
        }
        var status: [String: JSONValue] = [:]
        switch ingress {
        case .unchanged: break
        case .entries(let entries):
            let list = entries.map { JSONValue.object($0.fields) }
            status["loadBalancer"] = ["ingress": .array(list)]
        case .none: status["loadBalancer"] = ["ingress": .null]
        }
        let changed = conditions.map(\.value) + removedConditions.map(Self.removal)
        if !changed.isEmpty { status["conditions"] = .array(changed) }
        return .object(["metadata": .object(metadata), "status": .object(status)])
    }

    private static func removal(type: String) -> JSONValue {
        ["$patch": "delete", "type": .string(type)]
    }
}

extension Condition {
    fileprivate var value: JSONValue {
        [
            "type": .string(type), "status": .string(status), "reason": .string(reason),
            "message": .string(message),
            "lastTransitionTime": lastTransitionTime.map { .string($0.description) } ?? .null,
        ]
    }
}
