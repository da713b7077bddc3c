import Ownership
import Wire

/// What an outside observer of the whole world sees: the input of checkers, story and measurements.
///
/// Nodes, addresses and clients are named by number.
package enum Observation: Sendable {
    case started(node: Int)
    /// The daemon's process is no more.
    case ended(node: Int)
    /// A question for the address would from now on be answered by this node.
    case answerBegan(node: Int, address: Int)
    case answerCeased(node: Int, address: Int)
    /// The node's hellos state this claim, newly or changed.
    case claimStated(node: Int, Hello.Claim, address: Int, whileStarting: Bool)
    case claimDropped(node: Int, address: Int)
    /// The API told the node about the address: who may hold it; nil: deleted.
    case told(node: Int, address: Int, APIServer.Address?)
    /// One announcement left the node.
    case announced(node: Int, address: Int)
    /// A client's neighbour cache points elsewhere; nil: nowhere.
    case pointed(client: Int, address: Int, station: Int?)
    /// A frame of the foreign host, which names the address as its own, was read by the node's loop.
    case foreignHeard(node: Int, address: Int)
    case reported(node: Int, OwnershipReport)
    case factChanged(APIServer.Fact)
    case faultBegan(Fault)
    case faultEnded(Fault)
    /// Who can hear whom changed.
    case connectivityChanged
    /// A client's question was answered by nobody.
    case unanswered(address: Int, askedAt: Moment)
    /// A stage of the plan was reached.
    case reached(Stage)

    package enum Stage: UInt64, Sendable {
        case calm, settled, balanced, quiet, end
    }
}

extension Observation {
    /// Adds what happened to a digest of the trace.
    func add(to digest: inout Digest) {
        switch self {
        case .started(let node): Self.add(1, node, 0, to: &digest)
        case .ended(let node): Self.add(2, node, 0, to: &digest)
        case .answerBegan(let node, let address): Self.add(3, node, address, to: &digest)
        case .answerCeased(let node, let address): Self.add(4, node, address, to: &digest)
        case .claimStated(let node, let claim, let address, _):
            Self.add(5, node, address, to: &digest)
            digest.add(UInt64(claim.epoch) << 2 | (claim.isStrong ? 2 : 0))
        case .claimDropped(let node, let address): Self.add(6, node, address, to: &digest)
        case .told(let node, let address, _): Self.add(7, node, address, to: &digest)
        case .announced(let node, let address): Self.add(8, node, address, to: &digest)
        case .pointed(let client, let address, let station):
            Self.add(9, client, address, to: &digest)
            digest.add(UInt64(station ?? 0))
        case .reported(let node, _): Self.add(10, node, 0, to: &digest)
        case .factChanged: Self.add(11, 0, 0, to: &digest)
        case .faultBegan(let fault): Self.add(12, fault.nodes.first ?? 0, 0, to: &digest)
        case .faultEnded(let fault): Self.add(13, fault.nodes.first ?? 0, 0, to: &digest)
        case .connectivityChanged: Self.add(14, 0, 0, to: &digest)
        case .unanswered(let address, _): Self.add(15, 0, address, to: &digest)
        case .foreignHeard(let node, let address): Self.add(17, node, address, to: &digest)
        case .reached(let stage): Self.add(16, 0, Int(stage.rawValue), to: &digest)
        }
    }

    private static func add(_ code: UInt64, _ node: Int, _ address: Int, to digest: inout Digest) {
        digest.add(code << 48 | UInt64(node) << 32 | UInt64(address))
    }
}
