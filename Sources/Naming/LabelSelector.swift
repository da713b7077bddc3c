/// A Kubernetes label selector (meta/v1): every label and every expression must hold.
///
/// An empty selector matches everything, as in Kubernetes.
package struct LabelSelector: Hashable, Sendable {
    package var matchLabels: [String: String]
    package var matchExpressions: [Expression]

    package init(matchLabels: [String: String] = [:], matchExpressions: [Expression] = []) {
        self.matchLabels = matchLabels
        self.matchExpressions = matchExpressions
    }

    /// One `matchExpressions` entry.
    package struct Expression: Hashable, Sendable {
        package var key: String
        package var `operator`: Operator
        /// At least one for `in` and `notIn`, none otherwise; the reader of the text checks it.
        package var values: [String]

        package init(key: String, operator: Operator, values: [String] = []) {
            self.key = key
            self.operator = `operator`
            self.values = values
        }
    }

    /// Spelled as in Kubernetes.
    package enum Operator: String, Hashable, Sendable, CaseIterable {
        case `in` = "In"
        case notIn = "NotIn"
        case exists = "Exists"
        case doesNotExist = "DoesNotExist"
    }

    package func matches(_ labels: [String: String]) -> Bool { matches { labels[$0] } }

    /// - Parameter value: what a label says; nil where it is absent.
    package func matches(_ value: (_ label: String) -> String?) -> Bool {
        matchLabels.allSatisfy { value($0.key) == $0.value }
            && matchExpressions.allSatisfy { $0.matches(value($0.key)) }
    }
}

extension LabelSelector.Expression {
    /// `NotIn` holds for an absent label too, as in Kubernetes.
    fileprivate func matches(_ value: String?) -> Bool {
        switch `operator` {
        case .in: value.map(values.contains) ?? false
        case .notIn: !(value.map(values.contains) ?? false)
        case .exists: value != nil
        case .doesNotExist: value == nil
        }
    }
}

extension LabelSelector: CustomStringConvertible {
    /// As `kubectl get --selector` writes it: labels by key, then the expressions in order.
    package var description: String {
        let labels = matchLabels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return (labels + matchExpressions.map(\.description)).joined(separator: ",")
    }
}

extension LabelSelector.Expression: CustomStringConvertible {
    package var description: String {
        let list = "(" + values.joined(separator: ",") + ")"
        return switch `operator` {
        case .in: "\(key) in \(list)"
        case .notIn: "\(key) notin \(list)"
        case .exists: key
        case .doesNotExist: "!\(key)"
        }
    }
}
