import Wire

/// A frame that says where an address is, or asks: ARP for IPv4, Neighbor Discovery for IPv6.
enum LinkFrame: Hashable, Sendable {
    case arp(ARPFrame)
    case neighborDiscovery(NDFrame)

    /// The longest of them.
    static let byteCountMax = max(ARPFrame.byteCount, NDFrame.byteCountMax)

    /// Writes the frame at the front of `buffer`, which must hold `byteCountMax`, and gives its bytes.
    func serialize(into buffer: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer {
        switch self {
        case .arp(let frame):
            frame.serialize(into: buffer)
            return UnsafeRawBufferPointer(rebasing: buffer[..<ARPFrame.byteCount])
        case .neighborDiscovery(let frame): return frame.serialize(into: buffer)
        }
    }
}
