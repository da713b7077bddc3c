import CLinux
import Glibc

/// Whole IPv4 frames of the link eth0 of the thread's network namespace: packet(7).
final class FrameSocket: Sendable {
    private static let helloPort: [UInt8] = [0x19, 0x50]
    private static let bytesMax = 2_048
    /// How many frames are looked at for a hello: several a second come from each peer.
    private static let framesMax = 10_000

    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_PACKET, clinux_sock_raw | clinux_sock_cloexec, 0)
        var address = sockaddr_ll()
        address.sll_family = UInt16(AF_PACKET)
        address.sll_protocol = UInt16(ETH_P_IP).bigEndian
        address.sll_ifindex = Int32(if_nametoindex("eth0"))
        let descriptor = descriptor
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_ll>.size))
            }
        }
        guard result == 0 else {
            throw Refusal(description: "packet socket: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    /// False when the link did not take it.
    func send(_ frame: [UInt8]) -> Bool {
        Glibc.send(descriptor, frame, frame.count, clinux_msg_dontwait) == frame.count
    }

    /// The next frame with a hello of this peer's; waits for it.
    func hello(from peer: [UInt8]) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.bytesMax)
        for _ in 0..<Self.framesMax {
            let count = recv(descriptor, &bytes, bytes.count, 0)
            guard count > 42, bytes[14] == 0x45, bytes[23] == UInt8(IPPROTO_UDP),
                Array(bytes[26..<30]) == peer, Array(bytes[36..<38]) == Self.helloPort
            else { continue }
            return Array(bytes[..<count])
        }
        throw Refusal(description: "no hello of the peer in \(Self.framesMax) frames")
    }

    /// The link's own address.
    func linkAddress() throws -> [UInt8] {
        var address = sockaddr_ll()
        var length = socklen_t(MemoryLayout<sockaddr_ll>.size)
        let descriptor = descriptor
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length)
            }
        }
        guard result == 0 else {
            throw Refusal(description: "getsockname: \(String(cString: strerror(errno)))")
        }
        return withUnsafeBytes(of: address.sll_addr) { Array($0.prefix(6)) }
    }
}
