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
        let opened: CInt
        switch endpoint {
        case .tcp(let host, let port): opened = try listenOnTCP(endpoint, host: host, port: port)
        case .unixSocket(let path): opened = try listenOnUnixSocket(endpoint, path: path)
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
}

private func listenOnTCP(
    _ endpoint: HTTPServerConfiguration.Endpoint, host: String, port: Int
) throws(ListenError) -> CInt {
    guard let number = UInt16(exactly: port) else {
        throw ListenError(endpoint, reason: "a port is 0 to 65535")
    }
    let family = host.contains(":") ? AF_INET6 : AF_INET
    let opened = try openSocket(endpoint, family: family)
    var yes: CInt = 1
    setsockopt(opened, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
    var bound: CInt = -1
    if family == AF_INET {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = number.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            Glibc.close(opened)
            throw ListenError(endpoint, reason: "\"\(host)\" is not an IP address")
        }
        bound = withGenericAddress(of: &address) { bind(opened, $0, $1) }
    } else {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = number.bigEndian
        guard inet_pton(AF_INET6, host, &address.sin6_addr) == 1 else {
            Glibc.close(opened)
            throw ListenError(endpoint, reason: "\"\(host)\" is not an IP address")
        }
        bound = withGenericAddress(of: &address) { bind(opened, $0, $1) }
    }
    return try listening(opened, endpoint, bound: bound)
}

private func listenOnUnixSocket(
    _ endpoint: HTTPServerConfiguration.Endpoint, path: String
) throws(ListenError) -> CInt {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
        room.copyBytes(from: path.utf8.prefix(room.count - 1))
        return path.utf8.count < room.count
    }
    guard fits, !path.isEmpty else {
        throw ListenError(endpoint, reason: "a socket's path has 1 to 107 bytes")
    }
    try removeStaleSocket(endpoint, path: path, address: address)
    let opened = try openSocket(endpoint, family: AF_UNIX)
    let bound = withGenericAddress(of: &address) { bind(opened, $0, $1) }
    // Nobody can connect before listen(), so there is no moment with other permissions.
    if bound == 0 { chmod(path, unixSocketMode) }
    return try listening(opened, endpoint, bound: bound)
}

/// Removes the file that a killed server left; refuses when someone still answers on it or when
/// it is no socket.
private func removeStaleSocket(
    _ endpoint: HTTPServerConfiguration.Endpoint, path: String, address: sockaddr_un
) throws(ListenError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
        throw ListenError(endpoint, reason: "a file that is no socket is there: move it away")
    }
    let probe = try openSocket(endpoint, family: AF_UNIX)
    defer { Glibc.close(probe) }
    var address = address
    guard withGenericAddress(of: &address, { connect(probe, $0, $1) }) != 0 else {
        throw ListenError(endpoint, reason: "another program answers there: is one running?")
    }
    unlink(path)
}

private func openSocket(
    _ endpoint: HTTPServerConfiguration.Endpoint, family: CInt
) throws(ListenError) -> CInt {
    let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    let opened = socket(family, type, 0)
    guard opened >= 0 else { throw ListenError(endpoint, call: "socket") }
    return opened
}

private func listening(
    _ opened: CInt, _ endpoint: HTTPServerConfiguration.Endpoint, bound: CInt
) throws(ListenError) -> CInt {
    guard bound == 0, listen(opened, backlog) == 0 else {
        let advice = errno == EADDRINUSE ? " (is another instance running?)" : ""
        let error = ListenError(endpoint, call: bound == 0 ? "listen" : "bind", advice: advice)
        Glibc.close(opened)
        throw error
    }
    return opened
}

private func boundPort(of opened: CInt) -> Int? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let known = withUnsafeMutablePointer(to: &storage) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(opened, $0, &length) }
    }
    guard known == 0 else { return nil }
    let family = CInt(storage.ss_family)
    return withUnsafeBytes(of: &storage) { bytes in
        switch family {
        // The port stands at the same place in both families.
        case AF_INET, AF_INET6: Int(bytes[2]) << 8 | Int(bytes[3])
        default: nil
        }
    }
}

private func withGenericAddress<Address>(
    of address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
) -> CInt {
    withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<Address>.size))
        }
    }
}
