import Glibc

/// A call to the kernel, or to a library that speaks to it, that failed.
package struct SystemCallError: Error, Hashable, CustomStringConvertible {
    /// The call's own name: `bind`, `libnet_init`.
    package let call: String
    /// The kernel's error number; 0 when the library gave only a text.
    package let errno: Int32
    /// What the call was made on: `packet socket of eth0`.
    package let object: String
    /// What the library said, where it is not the kernel's text for `errno`.
    package let detail: String?

    package init(_ call: String, on object: String, errno: Int32, detail: String? = nil) {
        self.call = call
        self.object = object
        self.errno = errno
        self.detail = detail
    }

    package var description: String {
        let found = detail ?? String(cString: strerror(errno))
        return "\(call) on \(object): \(found)\(errno == 0 ? "" : " (errno \(errno))")\(advice)"
    }

    private var advice: String {
        switch errno {
        case EPERM, EACCES: ": run as root, or grant CAP_NET_RAW and CAP_NET_ADMIN"
        case EMFILE, ENFILE: ": raise the limit of open files"
        case ENODEV, ENXIO: ": the link is gone"
        default: ""
        }
    }

    /// The result of a call that says -1 on failure.
    @discardableResult
    static func check(
        _ result: Int32, _ call: String, on object: @autoclosure () -> String
    ) throws(SystemCallError) -> Int32 {
        guard result < 0 else { return result }
        throw SystemCallError(call, on: object(), errno: Glibc.errno)
    }
}
