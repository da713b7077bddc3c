/// A label selector: requirements that must all hold.
struct LabelSelector: Hashable, Sendable {
    enum Requirement: Hashable, Sendable {
        case isIn(String, Set<String>)
        case isNotIn(String, Set<String>)
        case exists(String)
        case isAbsent(String)
    }

    let requirements: [Requirement]

    func matches(_ labels: [String: JSONValue]) -> Bool {
        requirements.allSatisfy { requirement in
            switch requirement {
            case .isIn(let key, let values): labels[key]?.string.map(values.contains) ?? false
            case .isNotIn(let key, let values): !(labels[key]?.string.map(values.contains) ?? false)
            case .exists(let key): labels[key] != nil
            case .isAbsent(let key): labels[key] == nil
            }
        }
    }

    /// `a=b,c!=d,e in (f,g),h notin (i),j,!k`
    init(_ text: String) throws(APIError) {
        var requirements: [Requirement] = []
        for part in Self.parts(of: text) {
            requirements.append(try Self.requirement(part))
        }
        self.requirements = requirements
    }

    /// Splits at the commas that stand outside parentheses.
    private static func parts(of text: String) -> [Substring] {
        var depth = 0
        let parts = text.split { character in
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            return character == "," && depth == 0
        }
        return parts.map(trimmed).filter { !$0.isEmpty }
    }

    private static func requirement(_ part: Substring) throws(APIError) -> Requirement {
        if let (key, values) = try set(part, " notin ") { return .isNotIn(key, values) }
        if let (key, values) = try set(part, " in ") { return .isIn(key, values) }
        if let (key, value) = try pair(part, "!=") { return .isNotIn(key, [value]) }
        if let (key, value) = try pair(part, "==") { return .isIn(key, [value]) }
        if let (key, value) = try pair(part, "=") { return .isIn(key, [value]) }
        if part.hasPrefix("!") { return .isAbsent(try key(trimmed(part.dropFirst()))) }
        return .exists(try key(part))
    }

    private static func pair(
        _ part: Substring, _ sign: String
    ) throws(APIError) -> (String, String)? {
        let sides = part.split(separator: sign, maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2 else { return nil }
        let value = String(trimmed(sides[1]))
        if let problem = labelValueProblem(value) { throw unparsable(part, problem) }
        return (try key(trimmed(sides[0])), value)
    }

    private static func set(
        _ part: Substring, _ word: String
    ) throws(APIError) -> (String, Set<String>)? {
        // `key in(a)` is allowed as well as `key in (a)`.
        let spaced = part.replacing("(", with: " (")
        let sides = spaced.split(separator: word, maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2 else { return nil }
        let list = trimmed(sides[1])
        guard list.hasPrefix("("), list.hasSuffix(")") else {
            throw unparsable(part, "values in parentheses are wanted")
        }
        let values = list.dropFirst().dropLast().split(
            separator: ",", omittingEmptySubsequences: false)
        return (try key(trimmed(sides[0])), Set(values.map { String(trimmed($0)) }))
    }

    private static func key(_ text: Substring) throws(APIError) -> String {
        if let problem = qualifiedNameProblem(String(text)) { throw unparsable(text, problem) }
        return String(text)
    }

    private static func unparsable(_ part: Substring, _ problem: String) -> APIError {
        .badRequest("unable to parse requirement: \"\(part)\": \(problem)")
    }
}

/// A field selector: `a=b,c!=d` on the fields that a resource offers.
struct FieldSelector: Hashable, Sendable {
    struct Requirement: Hashable, Sendable {
        let path: [String]
        let value: String
        let isEqual: Bool
    }

    let requirements: [Requirement]

    func matches(_ object: JSONValue) -> Bool {
        requirements.allSatisfy { requirement in
            let found = object.value(at: requirement.path)
            let text = found?.string ?? (found?.boolean == true ? "true" : "")
            return (text == requirement.value) == requirement.isEqual
        }
    }

    init(_ text: String, selectable: [String]) throws(APIError) {
        var requirements: [Requirement] = []
        for part in text.split(separator: ",") {
            let isEqual = !part.contains("!=")
            let sides = part.split(
                separator: isEqual ? "=" : "!=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else {
                throw .badRequest("invalid selector: '\(part)'; can't understand '\(part)'")
            }
            let field = String(trimmed(sides[0]))
            guard (["metadata.name", "metadata.namespace"] + selectable).contains(field) else {
                throw .badRequest("field label not supported: \(field)")
            }
            let value = sides[1].hasPrefix("=") ? sides[1].dropFirst() : sides[1]
            requirements.append(
                Requirement(
                    path: field.split(separator: ".").map(String.init),
                    value: String(trimmed(value)), isEqual: isEqual))
        }
        self.requirements = requirements
    }
}

/// Without blanks at either end.
func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return text
}
