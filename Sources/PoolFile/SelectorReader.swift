import Allocation
import Naming
import YAML

extension YAMLReader {
    static let selectorKeys = ["matchLabels", "matchExpressions"]
    static let expressionKeys = ["key", "operator", "values"]

    /// A list of distinct label selectors.
    mutating func selectors(_ node: YAMLNode?) -> [LabelSelector] {
        distinctList(node, of: "selector") { $0.selector($1) }
    }

    /// A label selector; nil when it is no mapping.
    mutating func selector(_ node: YAMLNode) -> LabelSelector? {
        guard case .mapping = node.value else {
            refuse(node.position, "\(node.sight) found where a label selector is wanted")
            return nil
        }
        let fields = fields(of: node, known: Self.selectorKeys, in: "a label selector")
        let expressions = distinctList(fields["matchExpressions"], of: "expression") {
            $0.expression($1)
        }
        return LabelSelector(
            matchLabels: labels(fields["matchLabels"]), matchExpressions: expressions)
    }

    /// A mapping of texts; a key that comes twice is an error.
    mutating func labels(_ node: YAMLNode?) -> [String: String] {
        guard let node, let entries = attempt({ () throws(YAMLError) in try node.mapping() })
        else { return [:] }
        var labels: [String: String] = [:]
        for entry in entries {
            guard let key = text(entry.key) else { continue }
            // An empty label is a legal value, written "".
            guard let value = text(entry.value) else { continue }
            if let known = labels.updateValue(value, forKey: key) {
                refuse(
                    entry.key.position,
                    "label \"\(key)\" is there twice, as \"\(known)\" and \"\(value)\"")
            }
        }
        return labels
    }

    private mutating func expression(_ node: YAMLNode) -> LabelSelector.Expression? {
        let fields = fields(of: node, known: Self.expressionKeys, in: "matchExpressions")
        let values = distinctList(fields["values"], of: "value") { $0.text($1) }
        guard let key = text(fields["key"]), !key.isEmpty else {
            if fields["key"] == nil { refuse(node.position, "an expression without a key") }
            return nil
        }
        guard let word = text(fields["operator"]) else {
            if fields["operator"] == nil {
                refuse(node.position, "the expression for \(key) has no operator")
            }
            return nil
        }
        guard let found = LabelSelector.Operator(rawValue: word) else {
            let known = LabelSelector.Operator.allCases.map(\.rawValue)
            refuse(
                fields["operator"]?.position ?? node.position,
                "operator \"\(word)\" is none of \(known.joined(separator: ", "))")
            return nil
        }
        let takesValues = found == .in || found == .notIn
        guard values.isEmpty != takesValues else {
            refuse(
                node.position,
                "operator \(word) of \(key) "
                    + (takesValues ? "needs at least one value" : "takes no values"))
            return nil
        }
        return LabelSelector.Expression(key: key, operator: found, values: values)
    }
}
