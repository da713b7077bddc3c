/// What an owner does about a host that uses its address too: `onConflict` of the configuration.
package enum ConflictPolicy: String, Hashable, Sendable, CaseIterable {
    /// Announces the address again, at most once in 10 s (RFC 5227 §2.4 (b), and (c) after that).
    case defend
    /// Falls silent until nobody answers for the address any more (RFC 5227 §2.4 (a)).
    ///
    /// The claim stays and says so in hellos: no other node takes what is claimed, so the address
    /// does not wander from node to node, and no two of them answer. Who takes it over, as its
    /// owner died or left, asks the wire first.
    case yield
    /// Says so and does nothing else.
    case report
}
