/// One allocated or quarantined address: who answers for it, and if nobody does, why.
package struct AddressStatus: Hashable, Sendable, Decodable {
    /// RFC 5952 text for IPv6, dotted for IPv4.
    package let address: String
    package let pool: String
    /// The holders as "namespace/name", sorted; several share the address, none when quarantined.
    package let services: [String]
    /// The node that answers for it.
    package let owner: String?
    package let state: State
    /// Why it is not announced; nil when it is.
    package let reason: Reason?
    /// The foreign link address of a conflict.
    package let mac: String?
    /// Until it may be handed out again, if nobody answers for it then; nil when not quarantined.
    package let quarantineSeconds: Int64?
    /// Epoch of the standing claim.
    package let epoch: UInt64?
    /// When it came into this state.
    package let since: Timestamp?
    /// The owner's interface, when the asked node is the owner.
    package let interface: String?
    /// What is wrong on the wire, by its name; nil when nothing was found.
    package let alarm: String?

    /// What is true on the wire.
    package enum State: String, Hashable, Sendable, CaseIterable, Decodable {
        case announced, unowned, probing, conflict, quarantined
    }

    /// Why nobody announces an address.
    package enum Reason: String, Hashable, Sendable, CaseIterable, Decodable {
        case noEndpoints = "NoEndpoints"
        case noCommonNode = "NoCommonNode"
        case noCandidate = "NoCandidate"
        case notAnnounced = "NotAnnounced"
        case conflict = "Conflict"
    }

    package init(
        address: String, pool: String, services: [String], owner: String? = nil, state: State,
        reason: Reason? = nil, mac: String? = nil, quarantineSeconds: Int64? = nil,
        epoch: UInt64? = nil, since: Timestamp? = nil, interface: String? = nil,
        alarm: String? = nil
    ) {
        self.quarantineSeconds = quarantineSeconds
        self.address = address
        self.pool = pool
        self.services = services
        self.owner = owner
        self.state = state
        self.reason = reason
        self.mac = mac
        self.epoch = epoch
        self.since = since
        self.interface = interface
        self.alarm = alarm
    }

    package var document: Document {
        .fields([
            "address": .text(address), "pool": .text(pool), "services": .texts(services),
            "owner": owner.map(Document.text), "state": .text(state.rawValue),
            "reason": reason.map { .text($0.rawValue) }, "mac": mac.map(Document.text),
            "quarantineSeconds": quarantineSeconds.map(Document.number),
            "epoch": epoch.map { .number(Int64(clamping: $0)) },
            "since": since.map { .text($0.description) },
            "interface": interface.map(Document.text), "alarm": alarm.map(Document.text),
        ])
    }
}
