/// A network link as the kernel describes it: facts only.
package struct Link: Hashable, Sendable {
    /// The kernel's interface index, positive.
    package var index: Int32
    package var name: String
    package var address: LinkAddress
    /// Administratively up, with carrier (IFF_UP and IFF_LOWER_UP).
    package var isRunning: Bool
    /// Octets of payload that one frame carries.
    package var mtu: Int
    /// The addresses that the kernel has on the link, each with its on-link prefix length.
    package var interfaceAddresses: [InterfaceAddress]
    /// Loopback, without ARP, or enslaved to a bridge or bond: never announces unless named.
    package var isSkippedByKind: Bool
    /// The kernel takes IPv6 packets on the link: IPv6 is not disabled there, nor the MTU below 1,280.
    package var hasIPv6: Bool
    /// How often it went down so far: another number on a link that runs says that it was down, and
    /// came up again, in between.
    package var timesDown: UInt32

    package init(
        index: Int32, name: String, address: LinkAddress, isRunning: Bool, mtu: Int = 1500,
        interfaceAddresses: [InterfaceAddress] = [], isSkippedByKind: Bool = false,
        hasIPv6: Bool = true, timesDown: UInt32 = 0
    ) {
        self.index = index
        self.name = name
        self.address = address
        self.isRunning = isRunning
        self.mtu = mtu
        self.interfaceAddresses = interfaceAddresses
        self.isSkippedByKind = isSkippedByKind
        self.hasIPv6 = hasIPv6
        self.timesDown = timesDown
    }

    /// One address of a link and the length of its on-link prefix.
    package struct InterfaceAddress: Hashable, Comparable, Sendable {
        package var address: IPAddress
        package var prefixLength: Int

        package init(_ address: IPAddress, prefixLength: Int) {
            self.address = address
            self.prefixLength = prefixLength
        }

        package var prefix: Prefix { Prefix(address, length: prefixLength) }

        package static func < (left: InterfaceAddress, right: InterfaceAddress) -> Bool {
            (left.address, left.prefixLength) < (right.address, right.prefixLength)
        }
    }
}
