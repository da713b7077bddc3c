/// The least moves that even the load, as the asked node sees it now.
package struct RebalancePlan: Hashable, Sendable, Decodable {
    package let moves: [PlannedMove]

    package init(moves: [PlannedMove]) {
        self.moves = moves
    }

    package var document: Document {
        .fields(["moves": .list(moves.map(\.document))])
    }
}

/// An address that is to move, and between whom.
package struct PlannedMove: Hashable, Sendable, Decodable {
    package let address: String
    package let from: String
    package let to: String

    package init(address: String, from: String, to: String) {
        self.address = address
        self.from = from
        self.to = to
    }

    package var document: Document {
        .fields(["address": .text(address), "from": .text(from), "to": .text(to)])
    }
}
