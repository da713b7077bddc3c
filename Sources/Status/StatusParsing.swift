import FoundationEssentials

/// JSON of the control socket that is not what this version of Herald understands.
package struct StatusParseError: Error, Hashable, CustomStringConvertible {
    /// What was expected.
    package let expected: String
    /// Where and what was found instead.
    package let found: String

    package var description: String { "expected \(expected), but \(found)" }
}

extension DaemonStatus {
    package init(parsing json: [UInt8]) throws(StatusParseError) {
        self = try parse(json, as: "a daemon's status")
    }
}

extension ServiceListing {
    package init(parsing json: [UInt8]) throws(StatusParseError) {
        self = try parse(json, as: "a list of services")
    }
}

extension MoveHistory {
    package init(parsing json: [UInt8]) throws(StatusParseError) {
        self = try parse(json, as: "a history of moves")
    }
}

extension RebalancePlan {
    package init(parsing json: [UInt8]) throws(StatusParseError) {
        self = try parse(json, as: "a plan of moves")
    }
}

extension DrainAnswer {
    package init(parsing json: [UInt8]) throws(StatusParseError) {
        self = try parse(json, as: "whether the node is drained")
    }
}

private func parse<Value: Decodable>(
    _ json: [UInt8], as expected: String
) throws(StatusParseError) -> Value {
    do {
        return try JSONDecoder().decode(Value.self, from: Data(json))
    } catch let error as DecodingError {
        throw StatusParseError(expected: expected, found: describe(error))
    } catch {
        throw StatusParseError(expected: expected, found: "\(error)")
    }
}

/// One line that names the place as a path ("addresses[0].state").
private func describe(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context):
        return "\(place(context.codingPath + [key])) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
        .dataCorrupted(let context):
        return "\(place(context.codingPath)): \(context.debugDescription)"
    @unknown default:
        return "\(error)"
    }
}

private func place(_ path: [any CodingKey]) -> String {
    guard !path.isEmpty else { return "the text" }
    return path.reduce("") { text, key in
        if let index = key.intValue { return "\(text)[\(index)]" }
        return text.isEmpty ? key.stringValue : "\(text).\(key.stringValue)"
    }
}
