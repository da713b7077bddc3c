import Glibc

/// Whole files that are replaced at once: a reader, or a crash, sees the old or the new one.
package enum AtomicFile {
    /// No file of the state folder is larger.
    static let bytesMax = 64 * 1_024 * 1_024

    /// Writes beside `path`, flushes to disk, renames over it and flushes the folder.
    package static func write(
        _ bytes: [UInt8], to path: String, mode: mode_t = 0o600
    ) throws(StateError) {
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            throw StateError(call: "open", path: temporary, errno: errno)
        }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            guard count > 0 || errno == EINTR else {
                throw StateError(call: "write", path: temporary, errno: errno)
            }
            written += max(count, 0)
        }
        guard fsync(descriptor) == 0 else {
            throw StateError(call: "fsync", path: temporary, errno: errno)
        }
        guard rename(temporary, path) == 0 else {
            throw StateError(call: "rename", path: path, errno: errno)
        }
        try flushFolder(of: path)
    }

    /// The whole file; nil when there is none.
    package static func read(_ path: String) throws(StateError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno != ENOENT else { return nil }
            throw StateError(call: "open", path: path, errno: errno)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count >= 0 || errno == EINTR else {
                throw StateError(call: "read", path: path, errno: errno)
            }
            if count == 0 { return bytes }
            bytes += chunk.prefix(max(count, 0))
            guard bytes.count <= bytesMax else {
                throw StateError(call: "read", path: path, errno: EFBIG)
            }
        }
    }

    private static func flushFolder(of path: String) throws(StateError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StateError(call: "open", path: folder, errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw StateError(call: "fsync", path: folder, errno: errno)
        }
    }
}
