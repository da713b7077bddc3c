import Addressing
import CLinux
import Glibc

/// An address that Herald itself put on a link: alone in its prefix, for a limited time.
package struct HostAddress: Hashable, Comparable, Sendable {
    /// The kernel's interface index.
    package let link: Int32
    package let address: IPAddress

    package init(_ address: IPAddress, on link: Int32) {
        self.address = address
        self.link = link
    }

    package static func < (left: HostAddress, right: HostAddress) -> Bool {
        (left.link, left.address) < (right.link, right.address)
    }
}

extension HostAddress {
    /// Who put it there, in the kernel's words: IFA_PROTO, ip(8)'s `proto 0x48`. Kernels before 5.18
    /// keep no such mark.
    static let origin: UInt8 = 0x48
    /// How long the kernel keeps the address unless it is refreshed: what a daemon that was killed, or
    /// stands still, leaves behind is gone after this and the kernel's own round of at most a second.
    package static let validSeconds: UInt32 = 10

    /// What an RTM_NEWADDR or RTM_DELADDR message says of an address of Herald's; nil for other
    /// messages and other addresses.
    ///
    /// Without a mark it is known by what nobody else's has together: no prefix and no route, never a
    /// source, and a lifetime as short as ours.
    init?(_ message: NetlinkMessage) {
        guard message.type == RTM_NEWADDR || message.type == RTM_DELADDR,
            let header = message.header(as: ifaddrmsg.self)
        else { return nil }
        var parts = Parts(flags: UInt32(header.ifa_flags))
        for attribute in message.attributes(after: ifaddrmsg.self) { parts.take(attribute) }
        guard let address = parts.local ?? parts.remote,
            Int(header.ifa_prefixlen) == address.family.bitWidth, parts.areOurs
        else { return nil }
        self.init(address, on: Int32(bitPattern: header.ifa_index))
    }

    /// What the attributes of an address say.
    private struct Parts {
        var flags: UInt32
        var local: IPAddress?
        var remote: IPAddress?
        var origin: UInt8?
        var lifetimes: ifa_cacheinfo?

        mutating func take(_ attribute: NetlinkAttribute) {
            switch attribute.type {
            case Int(IFA_LOCAL): local = attribute.ipAddress
            case Int(IFA_ADDRESS): remote = attribute.ipAddress
            case Int(IFA_FLAGS): flags = attribute.integer(UInt32.self) ?? flags
            case Int(IFA_PROTO): origin = attribute.integer(UInt8.self)
            case Int(IFA_CACHEINFO):
                guard attribute.payload.count >= MemoryLayout<ifa_cacheinfo>.size else { return }
                lifetimes = attribute.payload.loadUnaligned(as: ifa_cacheinfo.self)
            default: break
            }
        }

        var areOurs: Bool {
            if let origin { return origin == HostAddress.origin }
            guard let lifetimes else { return false }
            let wanted = UInt32(IFA_F_NOPREFIXROUTE | IFA_F_DEPRECATED)
            return flags & wanted == wanted && lifetimes.ifa_prefered == 0
                && lifetimes.ifa_valid <= HostAddress.validSeconds
        }
    }
}
