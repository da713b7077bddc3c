import Glibc

/// Whole files that are replaced at once: a reader, or a crash, sees the old or the new one.
package enum AtomicFile {
    /// No file that Herald keeps is larger.
    static let bytesMax = 64 * 1_024 * 1_024

    /// Returns when the new content is on disk under its name.
    ///
    /// Written beside `path` into a file of its own, so that nobody else's mode or link is taken
    /// over, then renamed over it.
    package static func write(
        _ bytes: [UInt8], to path: String, mode: mode_t = 0o600
    ) throws(FileError) {
        let temporary = path + ".new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw FileError("open", temporary) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { throw FileError("write", temporary) }
            rest = rest.dropFirst(max(count, 0))
        }
        guard fsync(descriptor) == 0 else { throw FileError("fsync", temporary) }
        guard rename(temporary, path) == 0 else { throw FileError("rename", path) }
        try flushFolder(of: path)
    }

    /// The whole file; nil when there is none.
    package static func read(_ path: String) throws(FileError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno != ENOENT else { return nil }
            throw FileError("open", path)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count >= 0 || errno == EINTR else { throw FileError("read", path) }
            if count == 0 { return bytes }
            bytes += chunk.prefix(max(count, 0))
            guard bytes.count <= bytesMax else { throw FileError("read", path, errno: EFBIG) }
        }
    }

    /// Makes a folder (0700), and those above it, where they are missing.
    package static func makeFolder(_ path: String) throws(FileError) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/" + part
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw FileError("mkdir", made) }
        }
    }

    /// Makes the folder that `path` lies in, and those above it, where they are missing.
    package static func makeFolder(of path: String) throws(FileError) {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
        try makeFolder(String(path[..<slash]))
    }

    private static func flushFolder(of path: String) throws(FileError) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError("fsync", folder) }
    }
}

/// A system call on a file that failed: the call, the file, the reason.
package struct FileError: Error, CustomStringConvertible {
    package let call: String
    package let path: String
    package let errno: Int32
    package let advice: String?

    /// `errno` as the call left it, unless it is given.
    package init(
        _ call: String, _ path: String, errno: Int32 = Glibc.errno, advice: String? = nil
    ) {
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
