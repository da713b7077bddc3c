/// A frame with a hello datagram that no node may believe, made of one that was genuine.
struct SpoiledHello {
    /// What is wrong with it.
    enum Kind: String, CaseIterable {
        /// It does not begin like a hello.
        case malformed
        case truncated
        /// Its authentication code is wrong.
        case forged
        /// Nothing, but it was said before.
        case replayed
        case foreignCluster
        case otherKey
    }

    private static let internetProtocol = 14
    private static let udp = 34
    private static let hello = 42
    private static let keyID = hello + 8
    private static let clusterTag = hello + 12
    /// What is left of a truncated one: the header, without node name and code.
    private static let truncatedBytes = 76

    private(set) var frame: [UInt8]

    /// - Parameter genuine: Ethernet, IPv4 without options, UDP, hello; to the victim.
    init(_ genuine: [UInt8], _ kind: Kind, from attacker: [UInt8]) {
        frame = genuine
        frame.replaceSubrange(6..<12, with: attacker)
        switch kind {
        case .malformed: frame[Self.hello] ^= 0xFF
        case .truncated: frame.removeSubrange((Self.hello + Self.truncatedBytes)...)
        case .forged: frame[frame.count - 1] ^= 0xFF
        case .replayed: break
        case .foreignCluster: frame[Self.clusterTag] ^= 0xFF
        case .otherKey: frame[Self.keyID] ^= 0xFF
        }
        finish()
    }

    /// Lengths and checksums; a UDP checksum of zero says that there is none (RFC 768).
    private mutating func finish() {
        put(UInt16(frame.count - Self.internetProtocol), at: Self.internetProtocol + 2)
        put(UInt16(frame.count - Self.udp), at: Self.udp + 4)
        put(0, at: Self.udp + 6)
        put(0, at: Self.internetProtocol + 10)
        var sum: UInt32 = 0
        for offset in stride(from: Self.internetProtocol, to: Self.udp, by: 2) {
            sum += UInt32(frame[offset]) << 8 | UInt32(frame[offset + 1])
        }
        sum = sum & 0xFFFF + sum >> 16
        sum = sum & 0xFFFF + sum >> 16
        put(~UInt16(sum), at: Self.internetProtocol + 10)
    }

    private mutating func put(_ value: UInt16, at offset: Int) {
        frame[offset] = UInt8(value >> 8)
        frame[offset + 1] = UInt8(value & 0xFF)
    }
}
