import Glibc
import Synchronization

/// One run of a program, from its start to its end; what it printed is read whole.
struct ChildProcess {
    /// How it ended.
    enum Ending: Hashable {
        case exited(Int32)
        /// By a signal that was not ours.
        case killed(signal: Int32)
    }

    let ending: Ending
    let output: [UInt8]
    let errorOutput: [UInt8]

    /// Bytes of output beyond which a program is ended.
    static let outputBytesMax = 1 << 20

    /// Runs `program`, searched in PATH unless it has a slash, with nothing to read.
    ///
    /// It leads a process group of its own, which is killed when it has not ended after `timeout`,
    /// or says more than `outputBytesMax`. Blocks the calling thread.
    ///
    /// - Parameter environment: `NAME=value`, all there is.
    static func run(
        _ program: String, _ arguments: [String], environment: [String], timeout: Duration
    ) throws(ChildProcessError) -> ChildProcess {
        let (identifier, output, errorOutput) = try starting.withLock {
            _ throws(ChildProcessError) in
            try start(program, arguments, environment: environment)
        }
        let deadline = ContinuousClock.now + timeout
        do throws(ChildProcessError) {
            var texts = ([UInt8](), [UInt8]())
            try read([output.readingEnd, errorOutput.readingEnd], into: &texts, until: deadline)
            let ending = try wait(for: identifier, until: deadline)
            return ChildProcess(ending: ending, output: texts.0, errorOutput: texts.1)
        } catch {
            _ = kill(-identifier, SIGKILL)
            var status: Int32 = 0
            _ = waitpid(identifier, &status, 0)
            throw error
        }
    }

    /// One program starts at a time, so that none inherits the pipe of another: Glibc's `pipe2` is
    /// not to be had here.
    private static let starting = Mutex(())

    private static func start(
        _ program: String, _ arguments: [String], environment: [String]
    ) throws(ChildProcessError) -> (pid_t, Pipe, Pipe) {
        let (output, errorOutput) = (try Pipe(), try Pipe())
        let identifier = try spawn(
            program, arguments, environment: environment, output: output, errorOutput: errorOutput)
        output.closeWritingEnd()
        errorOutput.closeWritingEnd()
        return (identifier, output, errorOutput)
    }

    /// How often a program that has closed its output is looked at until it has ended.
    private static let endPollMilliseconds: Int32 = 5

    /// Reads both until their writers have closed them.
    private static func read(
        _ descriptors: [Int32], into texts: inout ([UInt8], [UInt8]),
        until deadline: ContinuousClock.Instant
    ) throws(ChildProcessError) {
        var open = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while open.contains(where: { $0.fd >= 0 }) {
            let left = deadline - .now
            guard left > .zero else { throw .tookTooLong }
            // A timer that ends early only asks once more.
            guard poll(&open, nfds_t(open.count), Int32(left.components.seconds * 1_000 + 1)) >= 0
            else {
                guard errno == EINTR else { throw .failed(call: "poll", errno) }
                continue
            }
            for index in open.indices where open[index].revents != 0 {
                let chunk = try readSome(open[index].fd)
                if chunk.isEmpty { open[index].fd = -1 }
                if index == 0 { texts.0 += chunk } else { texts.1 += chunk }
            }
            guard max(texts.0.count, texts.1.count) <= outputBytesMax else { throw .saidTooMuch }
        }
    }

    private static func readSome(_ descriptor: Int32) throws(ChildProcessError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        guard count >= 0 else { throw .failed(call: "read", errno) }
        return Array(buffer.prefix(count))
    }

    private static func wait(
        for identifier: pid_t, until deadline: ContinuousClock.Instant
    ) throws(ChildProcessError) -> Ending {
        var status: Int32 = 0
        while true {
            switch waitpid(identifier, &status, WNOHANG) {
            case identifier:
                let signal = status & 0x7f
                return signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
            case 0:
                guard ContinuousClock.now < deadline else { throw .tookTooLong }
                _ = poll(nil, 0, endPollMilliseconds)
            default:
                guard errno == EINTR else { throw .failed(call: "waitpid", errno) }
            }
        }
    }
}

/// Why a program did not run to its end.
enum ChildProcessError: Error, Hashable, CustomStringConvertible {
    case failed(call: String, Int32)
    case tookTooLong
    case saidTooMuch

    var description: String {
        switch self {
        case .failed(let call, let number): "\(call): \(String(cString: strerror(number)))"
        case .tookTooLong: "did not end in time"
        case .saidTooMuch: "said more than \(ChildProcess.outputBytesMax) bytes"
        }
    }
}

/// A pipe whose ends no other program inherits.
private final class Pipe {
    let readingEnd: Int32
    private(set) var writingEnd: Int32

    init() throws(ChildProcessError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .failed(call: "pipe", errno) }
        (readingEnd, writingEnd) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    func closeWritingEnd() {
        if writingEnd >= 0 { close(writingEnd) }
        writingEnd = -1
    }

    deinit {
        closeWritingEnd()
        close(readingEnd)
    }
}

extension ChildProcess {
    private static func spawn(
        _ program: String, _ arguments: [String], environment: [String], output: Pipe,
        errorOutput: Pipe
    ) throws(ChildProcessError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output.writingEnd, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errorOutput.writingEnd, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads of the cooperative pool block signals; what is ignored here would be there too.
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var identifier: pid_t = 0
        let failure = withCStrings([program] + arguments) { words in
            withCStrings(environment) { environment in
                posix_spawnp(&identifier, program, &actions, &attributes, words, environment)
            }
        }
        guard failure == 0 else { throw .failed(call: "posix_spawn", failure) }
        return identifier
    }

    /// The texts as C has them, ended by a null pointer, for as long as `body` runs.
    private static func withCStrings<Outcome>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Outcome
    ) -> Outcome {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
