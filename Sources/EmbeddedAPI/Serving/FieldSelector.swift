import JSON
import Naming

/// A selector of objects by what their fields say: requirements that must all hold.
struct FieldSelector: Sendable {
    private let requirements: LabelSelector

    /// `a=b,c!=d`, on fields that are offered. Throws 400 for anything else.
    init(_ text: String, selectable: [String]) throws {
        let offered = ["metadata.name", "metadata.namespace"] + selectable
        let expressions = try text.split(separator: ",").map { part in
            guard let expression = LabelSelector.Expression(comparison: String(part)) else {
                throw APIError.badRequest("invalid selector: '\(part)'; can't understand '\(part)'")
            }
            guard offered.contains(expression.key) else {
                throw APIError.badRequest("field label not supported: \(expression.key)")
            }
            return expression
        }
        requirements = LabelSelector(matchExpressions: expressions)
    }

    var isEmpty: Bool { requirements.matchExpressions.isEmpty }

    func matches(_ object: JSONValue) -> Bool { requirements.matches { object.fieldText($0) } }
}

extension JSONValue {
    /// What field selectors see at `a.b`: a field that is not there is empty.
    func fieldText(_ path: String) -> String {
        switch value(at: path.split(separator: ".").map(String.init)) {
        case .string(let text)?: text
        case true?: "true"
        default: ""
        }
    }
}
