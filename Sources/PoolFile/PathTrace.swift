import Glibc

/// The places in the file system that decide what a path of pool files leads to: each folder on
/// the way, with the names in it that matter, through every symbolic link.
struct PathTrace: Equatable {
    /// Symbolic links followed for one path at most, as the kernel has it (path_resolution(7)).
    static let linksMax = 40

    /// By folder, absolute and free of links.
    private(set) var names: [String: Set<String>] = [:]
    /// Folders all of whose pool files matter.
    private(set) var poolFolders: Set<String> = []
    /// In the order met: what is nearer to the root comes first.
    private(set) var folders: [String] = []

    /// Follows `path` as far as it leads now.
    init(_ path: String) {
        guard let end = follow(path, from: Self.workingFolder), Self.isFolder(end) else { return }
        poolFolders.insert(end)
        note(folder: end)
        for name in PoolFile.poolFileNames(in: end) ?? [] {
            _ = follow(name, from: end)
        }
    }

    /// Whether what a name in a folder means can change the pools.
    func matters(_ name: String, in folder: String) -> Bool {
        names[folder]?.contains(name) ?? false
            || poolFolders.contains(folder) && PoolFile.isPoolFileName(name)
    }

    /// Notes every step of the way; returns where it ends, nil when it leads nowhere.
    private mutating func follow(_ path: String, from start: String) -> String? {
        var folder = path.hasPrefix("/") ? "/" : start
        var rest = Self.parts(path)
        var links = 0
        while let name = rest.popLast() {
            if name == ".." {
                folder = Self.parent(of: folder)
                continue
            }
            note(folder: folder)
            names[folder, default: []].insert(name)
            let next = folder == "/" ? "/" + name : folder + "/" + name
            var status = stat()
            guard lstat(next, &status) == 0 else { return nil }
            guard status.st_mode & S_IFMT == S_IFLNK else {
                folder = next
                continue
            }
            links += 1
            guard links <= Self.linksMax, let target = Self.target(of: next) else { return nil }
            if target.hasPrefix("/") { folder = "/" }
            rest += Self.parts(target)
        }
        return folder
    }

    private mutating func note(folder: String) {
        if !folders.contains(folder) { folders.append(folder) }
    }

    /// Last part first; without empty parts and ".".
    private static func parts(_ path: String) -> [String] {
        path.split(separator: "/").filter { $0 != "." }.reversed().map(String.init)
    }

    private static func parent(of folder: String) -> String {
        let parts = folder.split(separator: "/").dropLast()
        return "/" + parts.joined(separator: "/")
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func target(of link: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    private static var workingFolder: String {
        guard let text = getcwd(nil, 0) else { return "/" }
        defer { free(text) }
        return String(cString: text)
    }
}
