import CLinux
import Glibc

/// Constants of the kernel's headers as the types that the calls want: what Swift imports is now
/// an enum, now an `Int`.
enum Kernel {
    static let readable = EPOLLIN.rawValue
    static let epollCloseOnExec = Int32(EPOLL_CLOEXEC)
    static let timerFlags = Int32(TFD_CLOEXEC) | Int32(TFD_NONBLOCK)
    static let timerAbsolute = Int32(TFD_TIMER_ABSTIME)
    static let eventFlags = Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)
    static let nonBlocking = clinux_sock_nonblock
    static let closeOnExec = clinux_sock_cloexec
    static let rawSocket = clinux_sock_raw | nonBlocking | closeOnExec
    static let datagramSocket = clinux_sock_dgram | nonBlocking | closeOnExec
    static let dontWait = clinux_msg_dontwait

    /// `if_flags` of netdevice(7).
    static let linkUp: UInt32 = 0x1
    static let linkLoopback: UInt32 = 0x8
    static let linkNoARP: UInt32 = 0x80
    static let linkLowerUp: UInt32 = 0x1_0000
    /// DEVCONF_DISABLE_IPV6 of linux/ipv6.h.
    static let settingDisableIPv6 = 26
    /// ARPHRD_ETHER.
    static let hardwareTypeEthernet: UInt16 = 1
}
