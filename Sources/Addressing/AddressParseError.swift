/// A text that is no address, prefix or range; `description` says what was read and why not.
package struct AddressParseError: Error, Hashable, CustomStringConvertible {
    package let text: String
    package let reason: String

    package var description: String { "\"\(text)\" \(reason)" }

    init(_ text: some StringProtocol, _ reason: String) {
        self.text = String(text)
        self.reason = reason
    }
}
