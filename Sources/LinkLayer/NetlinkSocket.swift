import CLinux
import CMnl
import Glibc

/// A netlink socket of the routing family (rtnetlink(7)), by libmnl.
struct NetlinkSocket: ~Copyable {
    /// One datagram of the kernel's; dumps come in pieces of at most 32 KiB.
    private static let bufferBytes = 32_768

    private let socket: OpaquePointer
    private let buffer: UnsafeMutableRawBufferPointer
    private let object: String
    private var sequence: UInt32 = 0

    /// - Parameter groups: the RTMGRP_* bits of the changes to hear of; 0 for a socket that asks.
    init(groups: UInt32, _ object: String) throws(SystemCallError) {
        let flags = Kernel.closeOnExec | (groups == 0 ? 0 : Kernel.nonBlocking)
        guard let socket = mnl_socket_open2(NETLINK_ROUTE, flags) else {
            throw SystemCallError("mnl_socket_open2", on: object, errno: errno)
        }
        guard mnl_socket_bind(socket, groups, pid_t(MNL_SOCKET_AUTOPID)) == 0 else {
            let error = errno
            mnl_socket_close(socket)
            throw SystemCallError("mnl_socket_bind", on: object, errno: error)
        }
        self.socket = socket
        self.object = object
        buffer = .allocate(byteCount: Self.bufferBytes, alignment: 16)
    }

    deinit {
        mnl_socket_close(socket)
        buffer.deallocate()
    }

    var descriptorNumber: Int32 { mnl_socket_get_fd(socket) }

    /// Gives every waiting notification to `body`.
    ///
    /// - Returns: false when the kernel dropped some because the socket was full (ENOBUFS).
    borrowing func drain(_ body: (NetlinkMessage) -> Void) throws(SystemCallError) -> Bool {
        var isComplete = true
        while true {
            let count = mnl_socket_recvfrom(socket, buffer.baseAddress, buffer.count)
            if count >= 0 {
                NetlinkMessage.forEach(in: buffer, count: count) { body($0) }
                continue
            }
            switch errno {
            case EAGAIN: return isComplete
            case EINTR: continue
            case ENOBUFS: isComplete = false
            default: throw SystemCallError("mnl_socket_recvfrom", on: object, errno: errno)
            }
        }
    }

    /// Asks for every object of one kind and gives each to `body`.
    ///
    /// - Parameter request: the message's type, and the family in the first byte of its header.
    /// - Returns: false when the set changed while it was read: what `body` got may be torn.
    mutating func dump(
        _ request: (type: Int, family: Int32, headerBytes: Int),
        _ body: (NetlinkMessage) -> Void
    ) throws(SystemCallError) -> Bool {
        sequence &+= 1
        try send(request)
        var isComplete = true
        while true {
            let count = mnl_socket_recvfrom(socket, buffer.baseAddress, buffer.count)
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw SystemCallError("mnl_socket_recvfrom", on: object, errno: errno)
            }
            var end: Int32?
            NetlinkMessage.forEach(in: buffer, count: count) { message in
                guard message.sequence == sequence else { return }
                if message.saysInterrupted { isComplete = false }
                switch message.end {
                case .none: body(message)
                case .some(let error): end = error
                }
            }
            guard let end else { continue }
            guard end == 0 else {
                throw SystemCallError("netlink request \(request.type)", on: object, errno: end)
            }
            return isComplete
        }
    }

    /// Asks for one change and waits until the kernel has made or refused it.
    ///
    /// - Parameter fill: writes what is to follow the message's header.
    /// - Returns: the error number with which the kernel refused; nil when it is done.
    mutating func change(
        _ type: Int, flags: Int32, _ fill: (UnsafeMutablePointer<nlmsghdr>) -> Void
    ) throws(SystemCallError) -> Int32? {
        sequence &+= 1
        let header = newHeader(type, flags: NLM_F_ACK | flags)
        fill(header)
        guard mnl_socket_sendto(socket, header, Int(header.pointee.nlmsg_len)) >= 0 else {
            throw SystemCallError("mnl_socket_sendto", on: object, errno: errno)
        }
        while true {
            let count = mnl_socket_recvfrom(socket, buffer.baseAddress, buffer.count)
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw SystemCallError("mnl_socket_recvfrom", on: object, errno: errno)
            }
            var end: Int32?
            NetlinkMessage.forEach(in: buffer, count: count) { message in
                if message.sequence == sequence { end = message.end }
            }
            if let end { return end == 0 ? nil : end }
        }
    }

    private func send(
        _ request: (type: Int, family: Int32, headerBytes: Int)
    ) throws(SystemCallError) {
        let header = newHeader(request.type, flags: NLM_F_DUMP)
        let family = mnl_nlmsg_put_extra_header(header, request.headerBytes)
        family?.storeBytes(of: UInt8(request.family), as: UInt8.self)
        guard mnl_socket_sendto(socket, header, Int(header.pointee.nlmsg_len)) >= 0 else {
            throw SystemCallError("mnl_socket_sendto", on: object, errno: errno)
        }
    }

    /// The header of a request, at the buffer's front.
    private func newHeader(_ type: Int, flags: Int32) -> UnsafeMutablePointer<nlmsghdr> {
        guard let header = mnl_nlmsg_put_header(buffer.baseAddress) else {
            preconditionFailure("libmnl refused a buffer of \(buffer.count) bytes")
        }
        header.pointee.nlmsg_type = UInt16(type)
        header.pointee.nlmsg_flags = UInt16(NLM_F_REQUEST | flags)
        header.pointee.nlmsg_seq = sequence
        return header
    }
}
