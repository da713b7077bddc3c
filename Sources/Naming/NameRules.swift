/// The rules for names (Kubernetes' apimachinery validation); each returns what is wrong, or nil.

private let lowerCase = Set("abcdefghijklmnopqrstuvwxyz".utf8)
private let lowerCaseOrDigit = lowerCase.union("0123456789".utf8)
private let alphanumeric = lowerCaseOrDigit.union("ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

/// Whether these letters stand at both ends, and within also those of `inner`.
private func isWord(_ text: Substring, of letters: Set<UInt8>, inner: String) -> Bool {
    guard let first = text.utf8.first, let last = text.utf8.last else { return false }
    return letters.contains(first) && letters.contains(last)
        && text.utf8.allSatisfy { letters.contains($0) || inner.utf8.contains($0) }
}

private func isLabel(_ text: Substring) -> Bool { isWord(text, of: lowerCaseOrDigit, inner: "-") }

private func isName(_ text: Substring) -> Bool { isWord(text, of: alphanumeric, inner: "-_.") }

private func lengthProblem(_ text: String, max: Int) -> String? {
    text.utf8.count > max ? "must be no more than \(max) characters" : nil
}

/// RFC 1123 label: at most 63 lower case letters, digits and inner dashes.
package func dns1123LabelProblem(_ text: String) -> String? {
    if isLabel(text[...]) { return lengthProblem(text, max: 63) }
    return "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
        + "and must start and end with an alphanumeric character"
}

/// RFC 1035 label: as RFC 1123's, but it begins with a letter.
package func dns1035LabelProblem(_ text: String) -> String? {
    if isLabel(text[...]), text.utf8.first.map(lowerCase.contains) == true {
        return lengthProblem(text, max: 63)
    }
    return "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with "
        + "an alphabetic character, and end with an alphanumeric character"
}

/// RFC 1123 labels with dots between, at most 253 characters.
package func dns1123SubdomainProblem(_ text: String) -> String? {
    if text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isLabel) {
        return lengthProblem(text, max: 253)
    }
    return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' "
        + "or '.', and must start and end with an alphanumeric character"
}

private let nameRule =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    + "alphanumeric character"

/// `[prefix/]name`: what label and annotation keys look like.
package func qualifiedNameProblem(_ text: String) -> String? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let name = parts.last else {
        return "a qualified name must be a name with an optional DNS subdomain prefix and '/'"
    }
    if parts.count == 2, let problem = dns1123SubdomainProblem(String(parts[0])) {
        return "prefix part " + problem
    }
    guard (1...63).contains(name.utf8.count) else {
        return "name part must be non-empty and no more than 63 characters"
    }
    return isName(name) ? nil : "name part " + nameRule
}

/// A label's value: empty, or at most 63 characters of a name.
package func labelValueProblem(_ text: String) -> String? {
    if text.isEmpty || isName(text[...]) { return lengthProblem(text, max: 63) }
    return "a valid label must be an empty string or " + nameRule
}

/// A key of a ConfigMap or Secret.
package func configKeyProblem(_ text: String) -> String? {
    guard !text.isEmpty, text != ".", !text.hasPrefix("..") else {
        return "a valid config key must not be empty, '.' or begin with '..'"
    }
    guard text.utf8.allSatisfy({ alphanumeric.contains($0) || "-_.".utf8.contains($0) }) else {
        return "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
    }
    return lengthProblem(text, max: 253)
}

/// A port's name (RFC 6335 §5.1): at most 15 lower case letters, digits and single dashes.
package func portNameProblem(_ text: String) -> String? {
    if isLabel(text[...]), text.utf8.contains(where: lowerCase.contains), !text.contains("--") {
        return lengthProblem(text, max: 15)
    }
    return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-), and at least "
        + "one letter (a-z)"
}
