/// Another node that speaks on the segment, as the asked node sees it.
package struct MemberStatus: Hashable, Sendable, Decodable {
    package let node: String
    package let state: State
    /// Age of its last hello in milliseconds; nil when it was never heard.
    package let lastHeardMilliseconds: Int64?
    /// How many addresses it answers for.
    package let addresses: Int

    /// How alive a member is.
    package enum State: String, Hashable, Sendable, CaseIterable, Decodable {
        case alive, suspect, dead, leaving
    }

    package init(node: String, state: State, lastHeardMilliseconds: Int64?, addresses: Int) {
        self.node = node
        self.state = state
        self.lastHeardMilliseconds = lastHeardMilliseconds
        self.addresses = addresses
    }

    package var document: Document {
        .fields([
            "node": .text(node), "state": .text(state.rawValue),
            "lastHeardMilliseconds": lastHeardMilliseconds.map(Document.number),
            "addresses": .number(Int64(addresses)),
        ])
    }
}
