import Glibc
import YAML

extension PoolFile {
    /// Reads a file, or the `*.yaml` and `*.yml` of a folder (not deeper), sorted by name.
    ///
    /// Names that begin with a dot are left out: editors and ConfigMap mounts keep theirs there.
    package static func load(path: String) throws(PoolFileErrors) -> Contents {
        try load(read(path: path))
    }

    private static func read(path: String) throws(PoolFileErrors) -> [Source] {
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure(path, "stat") }
        guard status.st_mode & S_IFMT == S_IFDIR else { return [try readFile(path)] }
        let base = path.hasSuffix("/") ? path : path + "/"
        var sources: [Source] = []
        var errors: [PoolFileError] = []
        for name in try names(in: path) {
            do throws(PoolFileErrors) {
                sources.append(try readFile(base + name))
            } catch {
                errors += error.errors
            }
        }
        guard errors.isEmpty else { throw PoolFileErrors(errors: errors) }
        return sources
    }

    private static func names(in path: String) throws(PoolFileErrors) -> [String] {
        guard let names = poolFileNames(in: path) else { throw failure(path, "opendir") }
        return names
    }

    /// The names of the pool files in a folder, sorted; nil, with `errno`, when it has no list.
    static func poolFileNames(in folder: String) -> [String]? {
        guard let stream = opendir(folder) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
                    String(cString: $0)
                }
            }
            if isPoolFileName(name) { names.append(name) }
        }
        return names.sorted()
    }

    /// Editors and ConfigMap mounts keep names of their own, which begin with a dot.
    static func isPoolFileName(_ name: String) -> Bool {
        !name.hasPrefix(".") && (name.hasSuffix(".yaml") || name.hasSuffix(".yml"))
    }

    /// Reads one byte more than a file may have at most, so that the parser can refuse it; does
    /// not wait for the other end of a pipe.
    private static func readFile(_ path: String) throws(PoolFileErrors) -> Source {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(path, "open") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while bytes.count <= YAMLDocuments.fileBytesMax {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(path, "read") }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return Source(path: path, bytes: bytes)
    }

    /// The system call that failed, with the kernel's words.
    private static func failure(_ path: String, _ call: String) -> PoolFileErrors {
        let message = "\(call): \(String(cString: strerror(errno)))"
        return PoolFileErrors(
            errors: [PoolFileError(path: path, line: 0, column: 0, message: message)])
    }
}
