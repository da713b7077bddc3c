/// One name and value: a header field or a query item, as it was on the wire or decoded from it.
package struct HTTPField: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A whole request: it is handed on only when its body has arrived and kept within the limits.
package struct HTTPRequest: Sendable {
    package let method: String
    /// The path's segments, percent-decoded: `/api/v1/` is `["api", "v1"]`.
    package let path: [String]
    /// The query's items in order, percent-decoded; an item without `=` has an empty value.
    package let query: [HTTPField]
    package let headers: [HTTPField]
    package let body: [UInt8]

    package init(
        method: String, target: String, headers: [HTTPField] = [], body: [UInt8] = []
    ) throws(HTTPTargetError) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.method = method
        path = try parts[0].split(separator: "/").map { segment throws(HTTPTargetError) in
            try percentDecoded(segment, plusIsSpace: false)
        }
        let items = parts.count == 2 ? parts[1].split(separator: "&") : []
        query = try items.map { item throws(HTTPTargetError) in
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return HTTPField(
                try percentDecoded(pair[0], plusIsSpace: true),
                try percentDecoded(pair.count == 2 ? pair[1] : "", plusIsSpace: true))
        }
        self.headers = headers
        self.body = body
    }

    /// The value of the first query item called `name`.
    package func queryValue(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }

    /// The value of the first header field called `name`, whatever its case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// A request target that is not valid: a broken percent escape, or bytes that are not UTF-8.
package struct HTTPTargetError: Error, CustomStringConvertible {
    package let description: String
}

/// RFC 3986 §2.1, and the `+` of forms in queries.
private func percentDecoded(
    _ text: some StringProtocol, plusIsSpace: Bool
) throws(HTTPTargetError) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        switch byte {
        case UInt8(ascii: "%"):
            guard rest.count >= 2, let high = hexadecimalValue(rest.removeFirst()),
                let low = hexadecimalValue(rest.removeFirst())
            else {
                throw HTTPTargetError(description: "\"\(text)\" has a broken percent escape")
            }
            bytes.append(high << 4 | low)
        case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
        default: bytes.append(byte)
        }
    }
    guard let decoded = String(validating: bytes, as: UTF8.self) else {
        throw HTTPTargetError(description: "\"\(text)\" does not decode to UTF-8")
    }
    return decoded
}

private func hexadecimalValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
