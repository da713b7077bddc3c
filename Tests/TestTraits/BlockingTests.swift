import Foundation
import Testing

/// Gives tests that block (real programs, namespaces, polling) threads of their own, so that they
/// do not hold the few threads that every other test's tasks and servers need.
package struct BlockingTests: TestTrait, SuiteTrait, TestScoping {
    package let isRecursive = true

    package func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(ThreadPerJob.shared) { try await function() }
    }
}

extension Trait where Self == BlockingTests {
    /// Runs the tests on threads of their own.
    package static var blocking: BlockingTests { BlockingTests() }
}

/// Starts a thread for each piece of a task between two waits.
private final class ThreadPerJob: TaskExecutor {
    static let shared = ThreadPerJob()

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Thread.detachNewThread { [self] in
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
