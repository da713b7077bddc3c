import Glibc
import NIOCore
import Synchronization

/// A socket that could not be opened for listening: which call failed, on what, and what to do.
package struct ListenError: Error, CustomStringConvertible {
    package let description: String

    init(_ endpoint: HTTPServerConfiguration.Endpoint, call: String, advice: String = "") {
        let reason = String(cString: strerror(errno))
        description = "cannot listen on \(endpoint.text): \(call): \(reason)\(advice)"
    }

    init(_ endpoint: HTTPServerConfiguration.Endpoint, reason: String) {
        description = "cannot listen on \(endpoint.text): \(reason)"
    }
}

/// A bound, listening descriptor until NIO takes it over.
///
/// A class because it owns the descriptor: what was never taken is closed with it.
final class ListeningSocket: Sendable {
    let endpoint: HTTPServerConfiguration.Endpoint
    /// The bound TCP port; nil for a Unix socket.
    let port: Int?
    private let descriptor: Mutex<CInt?>

    init(_ endpoint: HTTPServerConfiguration.Endpoint) throws(ListenError) {
        self.endpoint = endpoint
        let address = try endpoint.address
        if case .unixSocket(let path) = endpoint {
            try removeStaleSocket(endpoint, path: path, address: address)
        }
        let opened = try openSocket(endpoint, address)
        var yes: CInt = 1
        setsockopt(opened, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        let isBound = address.withSockAddr { bind(opened, $0, socklen_t($1)) } == 0
        // Nobody can connect before listen(), so there is no moment with other permissions.
        if isBound, case .unixSocket(let path) = endpoint { chmod(path, unixSocketMode) }
        guard isBound, listen(opened, backlog) == 0 else {
            let advice = errno == EADDRINUSE ? " (is another instance running?)" : ""
            let error = ListenError(endpoint, call: isBound ? "listen" : "bind", advice: advice)
            Glibc.close(opened)
            throw error
        }
        descriptor = Mutex(opened)
        port = boundPort(of: opened)
    }

    deinit {
        guard let left = descriptor.withLock({ $0 }) else { return }
        Glibc.close(left)
        removeFile()
    }

    /// Hands the descriptor over; traps when it was taken before.
    func take() -> CInt {
        let taken = descriptor.withLock { current in
            defer { current = nil }
            return current
        }
        guard let taken else { preconditionFailure("\(endpoint.text) is already being served") }
        return taken
    }

    /// Removes a Unix socket's file; for TCP there is nothing to remove.
    func removeFile() {
        if case .unixSocket(let path) = endpoint { unlink(path) }
    }

    /// A peer that vanished without a word is noticed within a minute (TCP keep-alive, and
    /// RFC 5482's limit on unacknowledged bytes).
    func setOptions(of channel: any Channel) throws {
        guard case .tcp = endpoint, let options = channel.syncOptions else { return }
        try options.setOption(.socketOption(.so_keepalive), value: 1)
        try options.setOption(.tcpOption(.tcp_nodelay), value: 1)
        for (name, value) in [
            (TCP_KEEPIDLE, keepAliveIdleSeconds), (TCP_KEEPINTVL, keepAliveIntervalSeconds),
            (TCP_KEEPCNT, keepAliveProbes), (TCP_USER_TIMEOUT, unacknowledgedMillisecondsMax),
        ] {
            try options.setOption(.tcpOption(.init(rawValue: name)), value: .init(value))
        }
    }
}

private let keepAliveIdleSeconds = 15
private let keepAliveIntervalSeconds = 5
private let keepAliveProbes = 4
private let unacknowledgedMillisecondsMax = 30_000
/// Connections that wait to be accepted.
private let backlog: CInt = 128
private let unixSocketMode: mode_t = 0o660

extension HTTPServerConfiguration.Endpoint {
    var text: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unixSocket(let path): path
        }
    }

    fileprivate var address: SocketAddress {
        get throws(ListenError) {
            switch self {
            case .tcp(let host, let port):
                guard UInt16(exactly: port) != nil else {
                    throw ListenError(self, reason: "a port is 0 to 65535")
                }
                guard let address = try? SocketAddress(ipAddress: host, port: port) else {
                    throw ListenError(self, reason: "\"\(host)\" is not an IP address")
                }
                return address
            case .unixSocket(let path):
                guard !path.isEmpty,
                    let address = try? SocketAddress(unixDomainSocketPath: path)
                else { throw ListenError(self, reason: "a socket's path has 1 to 103 bytes") }
                return address
            }
        }
    }
}

/// Removes the file that a killed server left; refuses when someone still answers on it or when
/// it is no socket.
private func removeStaleSocket(
    _ endpoint: HTTPServerConfiguration.Endpoint, path: String, address: SocketAddress
) throws(ListenError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
        throw ListenError(endpoint, reason: "a file that is no socket is there: move it away")
    }
    let probe = try openSocket(endpoint, address)
    defer { Glibc.close(probe) }
    guard address.withSockAddr({ connect(probe, $0, socklen_t($1)) }) != 0 else {
        throw ListenError(endpoint, reason: "another program answers there: is one running?")
    }
    unlink(path)
}

private func openSocket(
    _ endpoint: HTTPServerConfiguration.Endpoint, _ address: SocketAddress
) throws(ListenError) -> CInt {
    let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    let opened = socket(address.protocol.rawValue, type, 0)
    guard opened >= 0 else { throw ListenError(endpoint, call: "socket") }
    return opened
}

private func boundPort(of opened: CInt) -> Int? {
    var bound = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let code = withUnsafeMutablePointer(to: &bound) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(opened, $0, &length) }
    }
    guard code == 0, [AF_INET, AF_INET6].contains(CInt(bound.ss_family)) else { return nil }
    // The port stands at the same place in both families.
    return withUnsafeBytes(of: &bound) { Int($0[2]) << 8 | Int($0[3]) }
}
