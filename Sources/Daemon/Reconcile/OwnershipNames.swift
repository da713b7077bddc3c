import Ownership

// The status that users see has types of the same names, and the struct `Ownership` hides its
// module's name; so what the segment loop says of addresses and members goes by these here.
typealias OwnedAddress = AddressStatus
typealias OwnershipMember = MemberStatus

extension OwnedAddress {
    var isAnnounced: Bool { state == .announced }
}
