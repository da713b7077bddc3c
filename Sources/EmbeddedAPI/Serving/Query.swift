import HTTPServing

/// The parameters of a query; each says 400 to what it is not.
extension HTTPRequest {
    func isTrue(_ name: String) -> Bool { ["true", "1"].contains(queryValue(name)) }

    /// A whole number; nil when it is left out or empty.
    func number(_ name: String) throws -> Int64? {
        guard let text = queryValue(name), !text.isEmpty else { return nil }
        guard let number = Int64(text), number >= 0 else {
            throw APIError.badRequest(
                "\(name): Invalid value: \"\(text)\": a whole number is wanted")
        }
        return number
    }

    /// One of the texts that a type has; nil when it is left out or empty.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String) throws -> Choice? {
        guard let text = queryValue(name), !text.isEmpty else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let supported = Choice.allCases.map { "\"\($0.rawValue)\"" }
            throw APIError.badRequest(
                "\(name): Unsupported value: \"\(text)\": supported values: "
                    + supported.joined(separator: ", "))
        }
        return choice
    }
}
