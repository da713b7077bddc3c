/// What the API is asked to do, in the words of its own authorization.
package enum Verb: String, Hashable, Sendable {
    case get, list, watch, create, update, patch, delete
}

/// A request to the API that failed: what was asked, of what, and what came back.
package struct KubernetesError: Error, Hashable, Sendable {
    package let verb: Verb
    /// The path of the URL, without the query.
    package let path: String
    package let cause: Cause

    package init(verb: Verb, path: String, cause: Cause) {
        self.verb = verb
        self.path = path
        self.cause = cause
    }

    /// Why a request failed.
    package enum Cause: Hashable, Sendable {
        /// The server answered no.
        case refused(Refusal)
        /// No connection, or it broke: whether the server carried out the request is unknown.
        case unreachable(String)
        /// No answer in time: whether the server carried out the request is unknown.
        case timedOut
        /// An answer that is not what was asked for.
        case unreadable(String)
        /// The credentials could not be read, so nothing was sent.
        case credentials(String)
        /// The task was cancelled.
        case cancelled
    }

    /// The server's no.
    package struct Refusal: Hashable, Sendable {
        package let httpStatus: Int
        /// A word for programs, such as `Conflict`; empty when the server gave none.
        package let reason: String
        package let message: String
        /// How long the server asks to be left alone.
        package let retryAfter: Duration?

        package init(
            httpStatus: Int, reason: String, message: String, retryAfter: Duration? = nil
        ) {
            self.httpStatus = httpStatus
            self.reason = reason
            self.message = message
            self.retryAfter = retryAfter
        }
    }
}

extension KubernetesError {
    package var refusal: Refusal? {
        guard case .refused(let refusal) = cause else { return nil }
        return refusal
    }

    package var isNotFound: Bool { refusal?.httpStatus == 404 }
    /// The object changed since it was read: read again, decide again.
    package var isConflict: Bool {
        refusal?.httpStatus == 409 && refusal?.reason != "AlreadyExists"
    }
    package var isAlreadyExists: Bool {
        refusal?.httpStatus == 409 && refusal?.reason == "AlreadyExists"
    }
    /// The resourceVersion or the place in a list is too old: list anew.
    package var isExpired: Bool { refusal?.httpStatus == 410 }
    /// The resourceVersion is one that this server has not reached, as after a restored backup.
    var isFromFuture: Bool {
        guard let refusal, refusal.httpStatus == 504 else { return false }
        return refusal.message.contains("Too large resource version")
    }
    /// The server's answer is lost, so the write may have happened: read before writing again.
    package var isOutcomeUnknown: Bool {
        switch cause {
        case .unreachable, .timedOut, .unreadable, .cancelled: true
        case .refused(let refusal): refusal.httpStatus >= 500
        case .credentials: false
        }
    }
}

extension KubernetesError: CustomStringConvertible {
    package var description: String { "\(verb.rawValue) \(path): \(cause)" }
}

extension KubernetesError.Cause: CustomStringConvertible {
    package var description: String {
        switch self {
        case .refused(let refusal): refusal.description
        case .unreachable(let why): "\(why); does the API server run, and is the way to it open?"
        case .timedOut: "no answer in time; is the API server overloaded or cut off?"
        case .unreadable(let why): "the answer cannot be read: \(why)"
        case .credentials(let why): why
        case .cancelled: "cancelled"
        }
    }
}

extension KubernetesError.Refusal: CustomStringConvertible {
    package var description: String {
        let word = reason.isEmpty ? "" : " \(reason)"
        return "\(httpStatus)\(word)\(message.isEmpty ? "" : ": \(message)")\(advice)"
    }

    private var advice: String {
        switch httpStatus {
        case 401: "; check the token or client certificate in the kubeconfig"
        case 403: "; check the RBAC rules of this user"
        default: ""
        }
    }
}
