/// The latest moves of addresses as the asked node saw them, oldest first: what the control socket
/// answers to `GET /v1/history`.
package struct MoveHistory: Hashable, Sendable, Decodable {
    package let moves: [Move]

    package init(moves: [Move]) {
        self.moves = moves
    }

    package var document: Document {
        .fields(["moves": .list(moves.map(\.document))])
    }
}

/// One change of an address's owner.
package struct Move: Hashable, Sendable, Decodable {
    package let time: Timestamp
    package let address: String
    /// Who answered before; nil when nobody did.
    package let from: String?
    /// Who answers since; nil when nobody does.
    package let to: String?
    /// One of Herald's closed list of causes: "ownerDead", "handedOver", …
    package let cause: String
    /// From the former owner's last sign of life to the new owner's claim; nil where nobody was
    /// waited for.
    package let milliseconds: Int64?

    package init(
        time: Timestamp, address: String, from: String?, to: String?, cause: String,
        milliseconds: Int64? = nil
    ) {
        self.time = time
        self.address = address
        self.from = from
        self.to = to
        self.cause = cause
        self.milliseconds = milliseconds
    }

    package var document: Document {
        .fields([
            "time": .text(time.description), "address": .text(address),
            "from": from.map(Document.text), "to": to.map(Document.text), "cause": .text(cause),
            "milliseconds": milliseconds.map(Document.number),
        ])
    }
}
