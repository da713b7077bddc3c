/// How many hellos the asked node exchanged since its start.
package struct HelloCounts: Hashable, Sendable {
    /// Datagrams that were sent, one a destination.
    package let sent: Int64
    /// Datagrams that the kernel did not take.
    package let unsent: Int64
    /// Hellos of peers that were understood.
    package let received: Int64
    /// Datagrams that were not, by reason, sorted by name.
    package let refused: [Refused]

    /// One reason and how often it was met.
    package struct Refused: Hashable, Sendable {
        package let reason: String
        package let count: Int64

        package init(reason: String, count: Int64) {
            self.reason = reason
            self.count = count
        }
    }

    package init(sent: Int64, unsent: Int64, received: Int64, refused: [Refused] = []) {
        self.sent = sent
        self.unsent = unsent
        self.received = received
        self.refused = refused.sorted { $0.reason < $1.reason }
    }

    package var document: Document {
        .fields([
            "sent": .number(sent), "unsent": .number(unsent), "received": .number(received),
            "refused": .object(
                refused.map { Document.Field(name: $0.reason, value: .number($0.count)) }),
        ])
    }
}

extension HelloCounts: Decodable {
    private enum CodingKeys: CodingKey {
        case sent, unsent, received, refused
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            sent: try container.decode(Int64.self, forKey: .sent),
            unsent: try container.decode(Int64.self, forKey: .unsent),
            received: try container.decode(Int64.self, forKey: .received),
            refused: try container.decode([String: Int64].self, forKey: .refused)
                .map { Refused(reason: $0.key, count: $0.value) })
    }
}
