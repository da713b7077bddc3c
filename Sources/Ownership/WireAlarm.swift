import Addressing

/// What is wrong on the wire about an address that a node owns: who answered is not who should.
///
/// Any may follow any; it ends when the wire is right again, or the address has another owner.
package enum WireAlarm: Hashable, Sendable {
    /// The owner's hellos are heard, and its answers are not.
    case nobodyAnswered
    /// So many hosts answered, the owner among them or not: nodes, and hosts that are none. Each
    /// ascending, so that the same hosts are the same alarm, whoever was heard first.
    case severalAnswered(nodes: [LinkAddress], foreign: [LinkAddress])
    /// One host answered, which is no node.
    case foreignAnswered(LinkAddress)
    /// Another node than the owner answered.
    case wrongNodeAnswered(String)
    /// This node is the owner, and these nodes hear no answer.
    case unheard([String])

    /// The word by which users know it.
    package var name: String {
        switch self {
        case .nobodyAnswered: "NobodyAnswered"
        case .severalAnswered: "SeveralAnswered"
        case .foreignAnswered: "ForeignAnswered"
        case .wrongNodeAnswered: "WrongNodeAnswered"
        case .unheard: "Unheard"
        }
    }
}
