import Glibc

/// A file of the state folder that cannot be read or written: the call, the file, the reason.
struct FileError: Error, CustomStringConvertible {
    let description: String

    init(_ call: String, _ path: String) {
        description = "cannot \(call) \(path): \(String(cString: strerror(errno)))"
    }
}

/// Files that only their owner may read (mode 0600), replaced whole or not at all.
enum PrivateFile {
    private static let bytesMax = 1 << 20

    /// The file's text; nil when there is no such file.
    static func read(_ path: String) throws(FileError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw FileError("open", path)
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw FileError("read", path) }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Returns when the new content is on disk under its name.
    static func write(_ text: String, to path: String) throws(FileError) {
        let temporary = path + ".new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("create", temporary) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw FileError("write", temporary)
        }
        guard fsync(descriptor) == 0 else { throw FileError("sync", temporary) }
        guard rename(temporary, path) == 0 else { throw FileError("rename to", path) }
        try syncFolder(of: path)
    }

    /// Makes a folder (mode 0700) and what is missing above it.
    static func makeFolder(_ path: String) throws(FileError) {
        var prefix = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            prefix += "/" + part
            guard mkdir(prefix, 0o700) == 0 || errno == EEXIST else {
                throw FileError("make folder", prefix)
            }
        }
    }

    private static func syncFolder(of path: String) throws(FileError) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open the folder of", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError("sync the folder of", path) }
    }
}
