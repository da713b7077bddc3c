import Glibc
import Status

/// No daemon answered: one sentence with the path and what to check.
struct DaemonUnreachable: Error, Equatable, CustomStringConvertible {
    let socketPath: String
    let cause: Cause

    enum Cause: Equatable {
        /// connect(2) or read(2) failed with this errno.
        case system(Int32)
        /// Connected, and then nothing within the time allowed.
        case silent
        /// The connection ended before the answer did.
        case closed
        /// Longer than a socket's path can be.
        case pathTooLong
    }

    var description: String {
        "heraldd is not reachable: \(found); check \(remedy)"
    }

    private var found: String {
        switch cause {
        case .system(ENOENT): "there is no socket \(socketPath)"
        case .system(ECONNREFUSED): "nobody listens on \(socketPath)"
        case .system(EACCES), .system(EPERM): "no permission to use \(socketPath)"
        case .system(let errno): "connecting to \(socketPath) failed: \(Self.text(of: errno))"
        case .silent: "nothing came from \(socketPath) within 5 s"
        case .closed: "\(socketPath) was closed before the answer came"
        case .pathTooLong:
            "\(socketPath) is longer than the \(ControlSocket.pathBytesMax) bytes of a socket's path"
        }
    }

    private var remedy: String {
        switch cause {
        case .system(EACCES), .system(EPERM):
            "that you are root or in the socket's group (ls -l), and `systemctl status heraldd`"
        case .pathTooLong:
            "--socket, and `systemctl status heraldd`"
        case .system, .silent, .closed:
            "`systemctl status heraldd`, and that --socket is where it listens (`control`)"
        }
    }

    private static func text(of errno: Int32) -> String {
        strerror(errno).map { String(cString: $0) } ?? "error \(errno)"
    }
}

/// Something answered, but not what this version of heraldctl can read.
struct AnswerNotUnderstood: Error, Equatable, CustomStringConvertible {
    let socketPath: String
    let found: String

    var description: String {
        "the answer on \(socketPath) is not understood: \(found); heraldctl is \(Release.version),"
            + " is heraldd of the same version?"
    }
}
