/// The `Status` object with which the API answers what it refuses (meta/v1).
package struct APIStatus: Hashable, Codable, Sendable {
    package var message: String?
    /// A word for programs, such as `Conflict`, `AlreadyExists`, `Expired`.
    package var reason: String?
    /// The HTTP status; also within a watch, where there is no other.
    package var code: Int?
    package var details: Details?

    /// What a refusal says beyond its message.
    package struct Details: Hashable, Codable, Sendable {
        package var retryAfterSeconds: Int?
        package var causes: [Cause]?
    }

    /// One cause, such as the field that is invalid.
    package struct Cause: Hashable, Codable, Sendable {
        package var reason: String?
        package var message: String?
        package var field: String?
    }
}
