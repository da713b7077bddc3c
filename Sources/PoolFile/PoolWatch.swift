import Glibc

/// Tells that pool files changed, whatever way: written in place, renamed over, a symbolic link or
/// a whole folder swapped as ConfigMap mounts do: inotify(7) on every folder on the way to them.
package struct PoolWatch: ~Copyable {
    /// Folders watched at most; one pool folder needs about five.
    static let foldersMax = 1_024
    /// Bytes read at once: several events of the longest name.
    private static let bufferBytes = 16_384

    private let path: String
    /// For polling; readable while changes wait.
    package let descriptorNumber: Int32
    private var trace: PathTrace
    private var folders: [Int32: String] = [:]

    /// Nothing is watched before `rearm`; throws when the kernel gives no inotify instance.
    package init(path: String) throws(PoolWatchError) {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor >= 0 else { throw PoolWatchError("inotify_init1", path) }
        self.path = path
        descriptorNumber = descriptor
        trace = PathTrace("/")
    }

    deinit { close(descriptorNumber) }

    private static let changes = UInt32(
        IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB
            | IN_DELETE_SELF | IN_MOVE_SELF)
    /// The watch itself is about to end, or events were lost.
    private static let upheavals = UInt32(
        IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT | IN_Q_OVERFLOW)

    /// Watches what leads to the files now: what changes from here on is told.
    ///
    /// Folders that may not be read, or went meanwhile, are passed over. Throws when the kernel
    /// has no watch left.
    package mutating func rearm() throws(PoolWatchError) {
        // What is found while watching is what is watched, or else a change of it is told.
        var armed: Set<String> = []
        var watched: [Int32: String] = [:]
        trace = PathTrace(path)
        for folder in trace.folders.prefix(Self.foldersMax) where armed.insert(folder).inserted {
            let number = inotify_add_watch(
                descriptorNumber, folder, Self.changes | UInt32(IN_ONLYDIR))
            if number >= 0 {
                watched[number] = folder
            } else if errno == ENOSPC || errno == ENOMEM {
                throw PoolWatchError("inotify_add_watch", folder)
            }
        }
        for number in folders.keys where watched[number] == nil {
            inotify_rm_watch(descriptorNumber, number)
        }
        folders = watched
    }

    /// Reads what waits, without blocking; true when something changed that matters.
    package mutating func takeChanges() -> Bool {
        var buffer = [UInt8](repeating: 0, count: Self.bufferBytes)
        var isChanged = false
        while true {
            let count = read(descriptorNumber, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return isChanged }
            buffer.withUnsafeBytes { bytes in
                for event in Events(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
                where matters(event) {
                    isChanged = true
                }
            }
        }
    }

    private func matters(_ event: Event) -> Bool {
        // Of a watch that `rearm` ended itself nothing is expected any more.
        guard event.mask & UInt32(IN_Q_OVERFLOW) == 0 else { return true }
        guard let folder = folders[event.watch] else { return false }
        if event.mask & Self.upheavals != 0 { return true }
        guard trace.matters(event.name, in: folder) else { return false }
        // A file that is being written is told when it is closed.
        guard event.mask & UInt32(IN_CREATE) != 0 else { return true }
        var status = stat()
        let isThere = lstat(folder + "/" + event.name, &status) == 0
        return !isThere || status.st_mode & S_IFMT != S_IFREG || status.st_nlink > 1
    }

    /// One `struct inotify_event`.
    private struct Event {
        let watch: Int32
        let mask: UInt32
        /// Empty when the folder itself is meant.
        let name: String
    }

    /// What one read gave: whole events, one after another.
    private struct Events: Sequence, IteratorProtocol {
        private static let headerBytes = 16
        private var rest: Slice<UnsafeRawBufferPointer>

        init(_ bytes: UnsafeRawBufferPointer) {
            rest = bytes[...]
        }

        mutating func next() -> Event? {
            guard rest.count >= Self.headerBytes else { return nil }
            let header = UnsafeRawBufferPointer(rebasing: rest)
            let length = Int(header.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
            guard rest.count >= Self.headerBytes + length else { return nil }
            let name = header[Self.headerBytes..<(Self.headerBytes + length)].prefix { $0 != 0 }
            rest = rest.dropFirst(Self.headerBytes + length)
            return Event(
                watch: header.loadUnaligned(fromByteOffset: 0, as: Int32.self),
                mask: header.loadUnaligned(fromByteOffset: 4, as: UInt32.self),
                name: String(decoding: name, as: UTF8.self))
        }
    }
}

/// The kernel refused to watch.
package struct PoolWatchError: Error, Hashable, CustomStringConvertible {
    package let call: String
    package let path: String
    package let number: Int32

    init(_ call: String, _ path: String) {
        self.call = call
        self.path = path
        number = errno
    }

    package var description: String {
        let advice =
            switch number {
            case EMFILE: ": raise fs.inotify.max_user_instances"
            case ENOSPC: ": raise fs.inotify.max_user_watches"
            default: ""
            }
        return "\(call) on \(path): \(String(cString: strerror(number)))\(advice)"
    }
}
