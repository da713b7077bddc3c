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
    static let bytesMax = 1 << 20

    /// The file's text; nil when there is no such file.
    static func read(_ path: String) throws(FileError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw FileError("open", path)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count < bytesMax {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { throw FileError("read", path) }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Returns when the new content is on disk under its name.
    static func write(_ text: String, to path: String) throws(FileError) {
        let temporary = path + ".new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("create", temporary) }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw FileError("write", temporary) }
            rest = rest.dropFirst(count)
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
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        let descriptor = open(
            (path.hasPrefix("/") ? "/" : "./") + folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open the folder of", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError("sync the folder of", path) }
    }
}
