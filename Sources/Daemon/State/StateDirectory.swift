import Files
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
    package init(path: String) throws(FileError) {
        self.path = path
        try AtomicFile.makeFolder(path)
        let lockPath = path + "/lock"
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw FileError("open", lockPath)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let found = errno
            close(descriptor)
            throw FileError(
                "flock", lockPath, errno: found,
                advice: found == EWOULDBLOCK
                    ? "another heraldd uses this state folder; stop it or give --state-dir" : nil)
        }
        lockDescriptor = descriptor
    }

    deinit {
        close(lockDescriptor)
    }
}
