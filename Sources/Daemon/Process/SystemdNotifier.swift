import Glibc

/// Tells systemd how the daemon fares (sd_notify(3)), without libsystemd.
///
/// Silent where `NOTIFY_SOCKET` is not set. A lost notification is not an error: systemd's own
/// time-outs decide.
package struct SystemdNotifier: Sendable {
    private let path: String?
    /// A quarter of `WATCHDOG_USEC`, so that one late or unhealthy moment is not the end; nil when
    /// this process is not watched.
    package let watchdogInterval: Duration?

    package init(environment: [String: String], processIdentifier: Int32) {
        path = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        let isForUs = environment["WATCHDOG_PID"].map { $0 == "\(processIdentifier)" } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) }
        watchdogInterval = microseconds.flatMap {
            $0 > 0 && isForUs ? .microseconds($0 / 4) : nil
        }
    }

    /// Of this process, from its environment.
    package init() {
        let names = ["NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"]
        let values = names.compactMap { name in
            getenv(name).map { (name, String(cString: $0)) }
        }
        self.init(
            environment: Dictionary(uniqueKeysWithValues: values), processIdentifier: getpid())
    }

    package func ready() { send("READY=1") }
    package func watchdog() { send("WATCHDOG=1") }
    package func stopping() { send("STOPPING=1") }
    package func status(_ text: String) { send("STATUS=\(text)") }

    /// One datagram; a leading `@` names an abstract socket (unix(7)).
    private func send(_ message: String) {
        guard let path else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        if name.first == UInt8(ascii: "@") { name[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array(message.utf8)
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(descriptor, bytes, bytes.count, 0, $0, length)
            }
        }
    }
}
