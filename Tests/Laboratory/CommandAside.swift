import Foundation

extension Command {
    /// Runs `program` to its end on a thread of its own, so that a test that also serves does not
    /// hold the threads that its server needs.
    package static func runAside(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:],
        input: String? = nil, timeout: Duration = .seconds(30)
    ) async throws -> Command {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        try run(
                            program, arguments, environment: environment, input: input,
                            timeout: timeout)
                    })
            }
        }
    }
}
