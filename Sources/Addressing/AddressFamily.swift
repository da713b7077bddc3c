/// The two address families, spelled as Kubernetes spells them in `spec.ipFamilies`.
package enum AddressFamily: String, Hashable, Comparable, CaseIterable, Sendable, Codable {
    case ipv4 = "IPv4"
    case ipv6 = "IPv6"

    /// 32 or 128.
    package var bitWidth: Int { self == .ipv4 ? 32 : 128 }

    package static func < (left: AddressFamily, right: AddressFamily) -> Bool {
        left == .ipv4 && right == .ipv6
    }
}
