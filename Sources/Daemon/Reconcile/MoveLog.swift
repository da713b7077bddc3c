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

    private(set) var moves: [Move] = []
    private var lost: [IPAddress: Lost] = [:]

    /// Takes in what is reported of an address.
    ///
    /// - Parameters:
    ///   - former: how it was before; nil when it was not known.
    ///   - lastHeard: when the former owner was heard last.
    mutating func note(
        _ status: OwnedAddress, former: OwnedAddress?, lastHeard: (String) -> Instant?,
        at time: WallTime
    ) {
        guard status.owner != former?.owner else { return }
        let before = lost[status.address]
        let from = former?.owner ?? before?.owner
        guard let owner = status.owner else {
            lost[status.address] = from.map { Lost(owner: $0, since: status.since) }
            // Nobody yet: the next owner makes it a move. Nobody for good: that is one.
            guard status.state != .unowned(.noCandidate) else { return }
            return append(status, from, nil, at: time)
        }
        lost[status.address] = nil
        guard owner != from else { return }
        let since = status.cause == .ownerDead ? from.flatMap(lastHeard) : before?.since
        append(status, from, since.map { (status.since - $0).milliseconds }, at: time)
    }

    mutating func forget(_ address: IPAddress, former: OwnedAddress?, at time: WallTime) {
        lost[address] = nil
        guard var status = former, let from = status.owner else { return }
        status.owner = nil
        status.cause = .released
        append(status, from, nil, at: time)
    }

    private mutating func append(
        _ status: OwnedAddress, _ from: String?, _ milliseconds: Int64?, at time: WallTime
    ) {
        moves.append(
            Move(
                time: Timestamp(secondsSince1970: time.microseconds / 1_000_000),
                address: "\(status.address)", from: from, to: status.owner,
                cause: status.cause.rawValue, milliseconds: milliseconds))
        if moves.count > Self.movesMax { moves.removeFirst() }
    }
}
