import Glibc

/// The daemon's folder on disk, held by one daemon at a time.
///
/// The lock is the kernel's (flock(2)), so that a killed daemon leaves none behind.
package final class StateDirectory: Sendable {
    package let path: String
    private let lockDescriptor: Int32

    /// Makes the folder (0700) where it is missing and takes its lock.
    ///
    /// Throws when the folder cannot be made or another daemon holds it.
    package init(path: String) throws(StateError) {
        self.path = path
        try Self.makeDirectories(path)
        let lockPath = path + "/lock"
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StateError(call: "open", path: lockPath, errno: errno)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let found = errno
            close(descriptor)
            throw StateError(
                call: "flock", path: lockPath, errno: found,
                advice: found == EWOULDBLOCK
                    ? "another heraldd uses this state folder; stop it or give --state-dir" : nil)
        }
        lockDescriptor = descriptor
    }

    deinit {
        close(lockDescriptor)
    }

    /// Makes the folder that `path` lies in, and those above it, where they are missing.
    package static func makeFolder(of path: String) throws(StateError) {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
        try makeDirectories(String(path[..<slash]))
    }

    private static func makeDirectories(_ path: String) throws(StateError) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/" + part
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else {
                throw StateError(call: "mkdir", path: made, errno: errno)
            }
        }
    }
}

/// A system call on a file of the state folder that failed.
package struct StateError: Error, CustomStringConvertible {
    package let call: String
    package let path: String
    package let errno: Int32
    package let advice: String?

    init(call: String, path: String, errno: Int32, advice: String? = nil) {
        self.call = call
        self.path = path
        self.errno = errno
        self.advice = advice
    }

    package var description: String {
        let reason = strerror(errno).map { String(cString: $0) } ?? "error \(errno)"
        return "\(call) \(path): \(reason)" + (advice.map { "; \($0)" } ?? "")
    }
}
