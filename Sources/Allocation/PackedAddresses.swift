import Addressing

/// A short list of addresses in the room of a word or two: nearly every service has one of IPv4.
enum PackedAddresses: Sendable {
    case none
    case one(UInt32)
    /// Any other number, or IPv6.
    case others([IPAddress])

    init(_ list: [IPAddress]) {
        if list.isEmpty {
            self = .none
        } else if list.count == 1, case .ipv4(let address) = list[0] {
            self = .one(address.bits)
        } else {
            self = .others(list)
        }
    }

    var list: [IPAddress] {
        switch self {
        case .none: []
        case .one(let bits): [.ipv4(IPv4Address(bits: bits))]
        case .others(let list): list
        }
    }

    func contains(_ address: IPAddress) -> Bool {
        switch self {
        case .none: false
        case .one(let bits): address == .ipv4(IPv4Address(bits: bits))
        case .others(let list): list.contains(address)
        }
    }
}
