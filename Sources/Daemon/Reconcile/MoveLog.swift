import Addressing
import Ownership
import Status
import Timing

/// The latest moves of addresses, each with its cause and how long it took.
struct MoveLog: Sendable {
    /// Older moves are forgotten.
    static let movesMax = 1_000

    /// The last owner of an address that nobody owns now, and since when.
    private struct Lost: Sendable {
        let owner: String
        let since: Instant
    }

    /// This node, whose own claims say why they were made.
    private let node: String
    private(set) var moves: [Move] = []
    private var lost: [IPAddress: Lost] = [:]

    init(node: String) {
        self.node = node
    }

    /// Takes in what is reported of an address.
    ///
    /// - Parameters:
    ///   - former: how it was before; nil when it was not known.
    ///   - member: what is known of another node.
    mutating func note(
        _ status: OwnedAddress, former: OwnedAddress?, member: (String) -> OwnershipMember?,
        at time: WallTime
    ) {
        guard status.owner != former?.owner else { return }
        let before = lost[status.address]
        let from = former?.owner ?? before?.owner
        guard let owner = status.owner else {
            lost[status.address] = from.map { Lost(owner: $0, since: status.since) }
            // Nobody yet: the next owner makes it a move. Nobody for good: that is one.
            guard status.state != .unowned(.noCandidate), status.state != .unowned(.conflict)
            else { return }
            return append(status, from, (status.cause, nil), at: time)
        }
        lost[status.address] = nil
        guard owner != from else { return }
        let last = from.flatMap(member)
        let cause = owner == node ? status.cause : cause(from: from, last, isDirect: before == nil)
        let since = cause == .ownerDead ? last?.lastHeard : before?.since
        append(
            status, from, (cause, since.map { (status.since - $0).milliseconds }), at: time)
    }

    /// Why another node took the address, as far as can be told from here.
    private func cause(
        from: String?, _ former: OwnershipMember?, isDirect: Bool
    ) -> OwnershipCause {
        guard from != nil else { return .claimedFree }
        switch former?.state {
        case .dead, .suspect: return .ownerDead
        case .leaving: return .handedOver
        case .alive, nil: return isDirect ? .handedOver : .heard
        }
    }

    mutating func forget(_ address: IPAddress, former: OwnedAddress?, at time: WallTime) {
        lost[address] = nil
        guard var status = former, let from = status.owner else { return }
        status.owner = nil
        append(status, from, (.released, nil), at: time)
    }

    private mutating func append(
        _ status: OwnedAddress, _ from: String?,
        _ why: (cause: OwnershipCause, milliseconds: Int64?), at time: WallTime
    ) {
        moves.append(
            Move(
                time: Timestamp(secondsSince1970: time.microseconds / 1_000_000),
                address: "\(status.address)", from: from, to: status.owner,
                cause: why.cause.rawValue, milliseconds: why.milliseconds))
        if moves.count > Self.movesMax { moves.removeFirst() }
    }
}
