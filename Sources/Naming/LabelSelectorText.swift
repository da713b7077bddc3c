/// A selector's text that is none: which requirement, and what is wrong with it.
package struct LabelSelectorError: Error, CustomStringConvertible {
    package let requirement: String
    package let problem: String

    package var description: String {
        "unable to parse requirement: \"\(requirement)\": \(problem)"
    }
}

extension LabelSelector {
    /// `a=b,c!=d,e in (f,g),h notin (i),j,!k`, as the API's clients write it.
    package init(_ text: String) throws(LabelSelectorError) {
        self.init()
        var depth = 0
        let parts = text.split { character in
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            return character == "," && depth == 0
        }
        for part in parts.map({ trimmed($0) }) where !part.isEmpty {
            let expression =
                Expression(set: part) ?? Expression(comparison: part) ?? Expression(existence: part)
            let problem =
                qualifiedNameProblem(expression.key)
                ?? expression.values.lazy.compactMap(labelValueProblem).first
            if let problem { throw LabelSelectorError(requirement: part, problem: problem) }
            matchExpressions.append(expression)
        }
    }
}

extension LabelSelector.Expression {
    /// `a in (b,c)`, `a notin (b)`; nil for anything else.
    fileprivate init?(set text: String) {
        guard let match = text.wholeMatch(of: /([^\s(]+)\s+(not)?in\s*\(([^()]*)\)/) else {
            return nil
        }
        let values = match.3.split(separator: ",", omittingEmptySubsequences: false)
        self.init(
            key: String(match.1), operator: match.2 == nil ? .in : .notIn,
            values: values.map { trimmed($0) })
    }

    /// `a=b`, `a==b`, `a!=b`; nil for anything else.
    package init?(comparison text: String) {
        guard let match = text.wholeMatch(of: /([^=!]*)(!=|==|=)(.*)/) else { return nil }
        self.init(
            key: trimmed(match.1), operator: match.2 == "!=" ? .notIn : .in,
            values: [trimmed(match.3)])
    }

    /// `a`, `!a`.
    fileprivate init(existence text: String) {
        let isNegated = text.hasPrefix("!")
        self.init(
            key: trimmed(text.dropFirst(isNegated ? 1 : 0)),
            operator: isNegated ? .doesNotExist : .exists)
    }
}

/// Without blanks at either end.
package func trimmed(_ text: some StringProtocol) -> String {
    let rest = text.drop(while: \.isWhitespace)
    return String(rest.reversed().drop(while: \.isWhitespace).reversed())
}
