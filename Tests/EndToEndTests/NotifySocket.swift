import Foundation
import Glibc
import Synchronization

/// The socket at which systemd hears of its services (sd_notify(3)).
final class NotifySocket: Sendable {
    let path: String
    private let descriptor: Int32
    private let heard = Mutex<[String]>([])

    /// A call that failed while the socket was made.
    struct Failure: Error {
        let call: String
        let errno: Int32
    }

    init(path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket", errno: errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0 else { throw Failure(call: "bind \(path)", errno: errno) }
    }

    deinit { close(descriptor) }

    /// Every message so far, oldest first.
    var messages: [String] {
        heard.withLock { heard in
            var datagram = [UInt8](repeating: 0, count: 4_096)
            while true {
                let length = recv(
                    descriptor, &datagram, datagram.count, Int32(MSG_DONTWAIT))
                guard length >= 0 else { return heard }
                let text = String(decoding: datagram.prefix(length), as: UTF8.self)
                heard += text.split(separator: "\n").map { String($0) }
            }
        }
    }
}
