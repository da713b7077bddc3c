import CLinux
import Glibc

/// Runs `body` in the network namespace of this name (ip-netns(8)); the sockets that it opens stay
/// there when it has returned.
func inNamespace<Value>(_ name: String, _ body: () throws -> Value) throws -> Value {
    let here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
    let there = open("/run/netns/\(name)", O_RDONLY | O_CLOEXEC)
    defer {
        close(here)
        close(there)
    }
    guard here >= 0, there >= 0, clinux_enter_network_namespace(there) == 0 else {
        throw Refusal(description: "namespace \(name): \(String(cString: strerror(errno)))")
    }
    let result = Result { try body() }
    guard clinux_enter_network_namespace(here) == 0 else {
        throw Refusal(description: "back from \(name): \(String(cString: strerror(errno)))")
    }
    return try result.get()
}
