/// The rules for names (Kubernetes' apimachinery validation); each returns what is wrong, or nil.

private func isLower(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
}
private func isUpper(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
}
private func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
private func isLowerOrDigit(_ byte: UInt8) -> Bool { isLower(byte) || isDigit(byte) }
private func isAlphanumeric(_ byte: UInt8) -> Bool { isLowerOrDigit(byte) || isUpper(byte) }

/// RFC 1123 label: at most 63 lower case letters, digits and inner dashes.
func dns1123LabelProblem(_ text: String) -> String? {
    guard text.utf8.count <= 63 else { return "must be no more than 63 characters" }
    return isLabel(text)
        ? nil
        : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
            + "and must start and end with an alphanumeric character"
}

/// RFC 1035 label: as RFC 1123's, but it begins with a letter.
func dns1035LabelProblem(_ text: String) -> String? {
    guard text.utf8.count <= 63 else { return "must be no more than 63 characters" }
    return isLabel(text) && text.utf8.first.map(isLower) == true
        ? nil
        : "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with "
            + "an alphabetic character, and end with an alphanumeric character"
}

/// RFC 1123 labels with dots between, at most 253 characters.
func dns1123SubdomainProblem(_ text: String) -> String? {
    guard text.utf8.count <= 253 else { return "must be no more than 253 characters" }
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    return labels.allSatisfy(isLabel)
        ? nil
        : "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' "
            + "or '.', and must start and end with an alphanumeric character"
}

private func isLabel(_ text: some StringProtocol) -> Bool {
    let bytes = text.utf8
    guard let first = bytes.first, let last = Array(bytes).last else { return false }
    return isLowerOrDigit(first) && isLowerOrDigit(last)
        && bytes.allSatisfy { isLowerOrDigit($0) || $0 == UInt8(ascii: "-") }
}

/// `[prefix/]name`: what label and annotation keys look like.
func qualifiedNameProblem(_ text: String) -> String? {
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
    return isNameLike(name) ? nil : "name part " + nameLikeRule
}

/// A label's value: empty, or at most 63 characters of a name.
func labelValueProblem(_ text: String) -> String? {
    guard text.utf8.count <= 63 else { return "must be no more than 63 characters" }
    return text.isEmpty || isNameLike(Substring(text))
        ? nil : "a valid label must be an empty string or " + nameLikeRule
}

private let nameLikeRule =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    + "alphanumeric character"

private func isNameLike(_ text: Substring) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, let last = bytes.last else { return false }
    return isAlphanumeric(first) && isAlphanumeric(last)
        && bytes.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
}

/// A key of a ConfigMap or Secret.
func configKeyProblem(_ text: String) -> String? {
    guard text.utf8.count <= 253 else { return "must be no more than 253 characters" }
    guard !text.isEmpty, text != ".", text != "..", !text.hasPrefix("..") else {
        return "a valid config key must not be empty, '.' or begin with '..'"
    }
    return text.utf8.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
        ? nil : "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
}

/// A port's name (RFC 6335 §5.1): at most 15 lower case letters, digits and single dashes.
func portNameProblem(_ text: String) -> String? {
    guard text.utf8.count <= 15 else { return "must be no more than 15 characters" }
    return isLabel(text) && text.utf8.contains(where: isLower) && !text.contains("--")
        ? nil
        : "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-), and at least "
            + "one letter (a-z)"
}

/// The bytes of base64 text (RFC 4648 §4, padded); nil when it is not.
func base64Decoded(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var group: UInt32 = 0
    var digits = 0
    var padding = 0
    for byte in text.utf8 where byte != 0x0A && byte != 0x0D {
        if byte == UInt8(ascii: "=") {
            padding += 1
            continue
        }
        guard padding == 0, let value = base64Alphabet.firstIndex(of: byte) else { return nil }
        group = group << 6 | UInt32(value)
        digits += 1
        guard digits % 4 == 0 else { continue }
        bytes += [UInt8(group >> 16 & 0xFF), UInt8(group >> 8 & 0xFF), UInt8(group & 0xFF)]
        group = 0
    }
    guard (digits + padding) % 4 == 0, padding <= 2 else { return nil }
    switch digits % 4 {
    case 2: bytes.append(UInt8(group >> 4 & 0xFF))
    case 3: bytes += [UInt8(group >> 10 & 0xFF), UInt8(group >> 2 & 0xFF)]
    default: break
    }
    return bytes
}

func base64Encoded(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let chunk = bytes[start..<min(start + 3, bytes.count)]
        let group =
            chunk.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - chunk.count))
        for digit in 0..<4 {
            let value = Int(group >> (18 - 6 * UInt32(digit)) & 0x3F)
            text.append(digit <= chunk.count ? base64Alphabet[value] : UInt8(ascii: "="))
        }
    }
    return String(decoding: text, as: UTF8.self)
}

private let base64Alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
