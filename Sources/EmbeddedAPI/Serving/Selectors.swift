/// A label or field selector: requirements that must all hold.
struct Selector: Hashable, Sendable {
    struct Requirement: Hashable, Sendable {
        let key: String
        /// nil: any, as long as there is one.
        let values: Set<String>?
        let isNegated: Bool
    }

    private(set) var requirements: [Requirement] = []

    /// Whether what `value` finds under each key fits.
    func matches(_ value: (String) -> String?) -> Bool {
        requirements.allSatisfy { requirement in
            let found = value(requirement.key)
            let holds = found.map { requirement.values?.contains($0) ?? true } ?? false
            return holds != requirement.isNegated
        }
    }

    /// `a=b,c!=d,e in (f,g),h notin (i),j,!k`
    init(labels text: String) throws {
        var depth = 0
        let parts = text.split { character in
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            return character == "," && depth == 0
        }
        for part in parts.map({ trimmed($0) }) where !part.isEmpty {
            let requirement = Self.set(part) ?? Self.comparison(part) ?? Self.existence(part)
            let values = requirement.values ?? []
            guard
                let problem = qualifiedNameProblem(requirement.key)
                    ?? values.sorted().lazy.compactMap(labelValueProblem).first
            else {
                requirements.append(requirement)
                continue
            }
            throw APIError.badRequest("unable to parse requirement: \"\(part)\": \(problem)")
        }
    }

    /// `a=b,c!=d`, on fields that are offered.
    init(fields text: String, selectable: [String]) throws {
        for part in text.split(separator: ",") {
            guard let requirement = Self.comparison(String(part)) else {
                throw APIError.badRequest("invalid selector: '\(part)'; can't understand '\(part)'")
            }
            guard (["metadata.name", "metadata.namespace"] + selectable).contains(requirement.key)
            else { throw APIError.badRequest("field label not supported: \(requirement.key)") }
            requirements.append(requirement)
        }
    }

    private static func set(_ part: String) -> Requirement? {
        guard let match = part.wholeMatch(of: /([^\s(]+)\s+(not)?in\s*\(([^()]*)\)/) else {
            return nil
        }
        let values = match.3.split(separator: ",", omittingEmptySubsequences: false)
        return Requirement(
            key: String(match.1), values: Set(values.map { trimmed($0) }),
            isNegated: match.2 != nil)
    }

    private static func comparison(_ part: String) -> Requirement? {
        guard let match = part.wholeMatch(of: /([^=!]*)(!=|==|=)(.*)/) else { return nil }
        return Requirement(
            key: trimmed(match.1), values: [trimmed(match.3)], isNegated: match.2 == "!=")
    }

    private static func existence(_ part: String) -> Requirement {
        let isNegated = part.hasPrefix("!")
        return Requirement(
            key: trimmed(part.dropFirst(isNegated ? 1 : 0)), values: nil, isNegated: isNegated)
    }
}

/// Without blanks at either end.
func trimmed(_ text: some StringProtocol) -> String {
    let rest = text.drop(while: \.isWhitespace)
    return String(rest.reversed().drop(while: \.isWhitespace).reversed())
}
