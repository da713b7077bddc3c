import Addressing

/// The bytes of a hello, all in network order.
///
/// | offset | bytes | field |
/// |---|---|---|
/// | 0 | 4 | magic `HRLD` |
/// | 4 | 1 | version, 1 |
/// | 5 | 1 | reserved, 0 |
/// | 6 | 2 | length of the datagram, authentication code included, at most 1,200 |
/// | 8 | 4 | key id: the first bytes of the SHA-256 of the key |
/// | 12 | 8 | cluster tag: the first bytes of the SHA-256 of the `kube-system` namespace's uid |
/// | 20 | 4 | incarnation |
/// | 24 | 8 | sequence |
/// | 32 | 2 | period in ms, 1 to 10,000 |
/// | 34 | 1 | misses, 3 to 50 |
/// | 35 | 1 | length of the node name, 1 to 253 |
/// | 36 | 2 | flags; unknown ones are kept |
/// | 38 | 6 | link-layer address |
/// | 44 | 8 | pool-set hash |
/// | 52 | 4 | claim count |
/// | 56 | 8 | claim digest |
/// | 64 | 1 | number of addresses, at most 8 |
/// | 65 | 1 | coverage: 0 none, 1 everything, 2 a range |
/// | 66 | 2 | number of heard |
/// | 68 | 2 | number of claims |
/// | 70 | 2 | number of yields |
/// | 72 | 2 | number of gone |
/// | 74 | 2 | number of vouched, findings included |
/// | 76 | | node name, printable ASCII |
/// | | | addresses: mark 1, address 4 or 16 |
/// | | | for a range: first and last, like addresses |
/// | | | heard: node tag 8, incarnation 4, age in ms 2 (65,535: abstains) |
/// | | | claims: mark 1, address 4 or 16, epoch 4 |
/// | | | yields, then gone: mark 1, address 4 or 16, epoch 4 |
/// | | | vouched: mark 1, address 4 or 16, epoch 4, owner's node tag 8 |
/// | | | findings, like vouched: node tag 0: nobody answered; 1: the owner did |
/// | last 16 | 16 | HMAC-SHA256 of all before, its first 16 bytes |
///
/// Marks: bit 0 IPv6, bit 1 strong, bit 2 offered, bit 3 withheld; others are 0. Node tags are `StableHash`.
/// To a parser that knows no findings they are vouched for a node that it never met, which says
/// nothing: that is why they have that form.
package enum HelloLayout {
    package static let datagramBytesMax = 1_200
    package static let magic: UInt32 = 0x4852_4C44
    package static let version: UInt8 = 1
    /// Everything before the node name.
    package static let headerBytes = 76
    package static let authenticationBytes = 16
    package static let flagsOffset = 36
    package static let heardBytes = 14
    static let abstains: UInt16 = 65_535

    enum Mark {
        static let ipv6: UInt8 = 1
        static let strong: UInt8 = 2
        static let offered: UInt8 = 4
        static let withheld: UInt8 = 8
    }

    enum Coverage {
        static let none: UInt8 = 0
        static let everything: UInt8 = 1
        static let range: UInt8 = 2
    }

    /// An address with its mark: 5 or 17.
    package static func addressBytes(_ address: IPAddress) -> Int {
        address.family == .ipv4 ? 5 : 17
    }

    /// A claim, yield or gone record: 9 or 21.
    package static func recordBytes(_ address: IPAddress) -> Int { addressBytes(address) + 4 }

    /// Node tags of findings.
    enum FindingTag {
        static let nobody: UInt64 = 0
        static let owner: UInt64 = 1
    }

    /// A vouched record or a finding: 17 or 29.
    package static func vouchedBytes(_ address: IPAddress) -> Int { addressBytes(address) + 12 }
}

extension Hello {
    /// The length of the whole datagram.
    package var datagramBytes: Int {
        var bytes = HelloLayout.headerBytes + node.utf8.count + HelloLayout.authenticationBytes
        bytes += addresses.reduce(0) { $0 + HelloLayout.addressBytes($1) }
        if let coverage, coverage != Self.everything {
            bytes += HelloLayout.addressBytes(coverage.lowerBound)
            bytes += HelloLayout.addressBytes(coverage.upperBound)
        }
        bytes += heard.count * HelloLayout.heardBytes
        bytes += claims.reduce(0) { $0 + HelloLayout.recordBytes($1.address) }
        bytes += yields.reduce(0) { $0 + HelloLayout.recordBytes($1.address) }
        bytes += gone.reduce(0) { $0 + HelloLayout.recordBytes($1.address) }
        bytes += findings.reduce(0) { $0 + HelloLayout.vouchedBytes($1.address) }
        return bytes + vouched.reduce(0) { $0 + HelloLayout.vouchedBytes($1.address) }
    }
}
