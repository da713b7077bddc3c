/// Bytes from outside that are not what they should be; `description` names the field.
package struct ParseError: Error, Hashable, CustomStringConvertible {
    /// The field that was being read, in the specification's words.
    package let field: String
    package let reason: Reason

    package init(_ field: String, _ reason: Reason) {
        self.field = field
        self.reason = reason
    }

    package enum Reason: Hashable, Sendable {
        /// The bytes ended before the field did.
        case truncated(needed: Int, available: Int)
        /// The field was read whole and may not hold this value.
        case unexpected(found: UInt64, wanted: String)
    }

    package var description: String {
        switch reason {
        case .truncated(let needed, let available):
            "\(field): needs \(needed) bytes, \(available) are left"
        case .unexpected(let found, let wanted):
            "\(field): found \(found), wanted \(wanted)"
        }
    }
}
