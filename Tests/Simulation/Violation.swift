/// A rule of the world that was broken: which one, when, where, by whom, and what went before.
package struct Violation: Hashable, Sendable {
    /// The rule's letter, `a` to `k`.
    package let rule: Character
    package let moment: Moment
    /// By number; nil when it concerns none in particular.
    package let address: Int?
    package let nodes: [Int]
    package let names: [String]
    package let reason: String
    /// The last changes of who answers for the address.
    package let lastMoves: [String]
}

extension Violation: CustomStringConvertible {
    package var description: String {
        let place = address.map { " address #\($0 + 1)" } ?? ""
        let who = nodes.isEmpty ? "" : " " + names.joined(separator: ", ")
        return
            (["(\(rule)) at \(moment):\(place)\(who): \(reason)"]
            + lastMoves.map { "      \($0)" }).joined(separator: "\n")
    }
}
