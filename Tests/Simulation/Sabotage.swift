/// Something wrong in the world itself that no plan names: tests use it to see a checker bite.
package enum Sabotage: Hashable, Sendable {
    /// The hellos that reach the node from a moment on carry no claims and no records.
    case claimsUnheard(by: Int, from: Moment = .zero)
    /// The node's responder never takes an address out of its table.
    case answersForever(node: Int)
    /// The node's responder begins with the table of the process before it.
    case tableOutlivesProcess(node: Int)
    /// The node is never told that an address was deleted, though the record says so.
    case deletionUntold(node: Int)
    /// The node is drained at a moment, and nobody is told that it was.
    case secretDrain(node: Int, at: Moment)
    /// The node's hellos state every epoch one lower from a moment on.
    case epochsFall(node: Int, at: Moment)
    /// No node is told of the address.
    case addressUntold(Int)
    /// No announcement reaches anybody from a moment on.
    case announcementsLost(from: Moment)
    /// Nobody hears of `rebalance`.
    case rebalanceUnheard
    /// No hello carries what its sender found on the wire.
    case findingsUntold
    /// The node's loop gets no frame of the foreign host, and observers see it read them.
    case foreignUnheard(by: Int)
    /// The foreign host goes on when it is said to be gone.
    case foreignStays
    /// The node announces an address each time that the foreign host is heard to use it.
    case defendsAlways(node: Int)
    /// The node announces what it has every 100 ms.
    case chatter(node: Int)
}
