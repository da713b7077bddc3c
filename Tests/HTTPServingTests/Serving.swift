import HTTPServing

/// Runs `body` while `server` runs, then stops it.
func serving<Outcome: Sendable>(
    _ server: HTTPServer, _ body: @Sendable @escaping () async throws -> Outcome
) async throws -> Outcome {
    try await withThrowingTaskGroup(of: Outcome?.self) { group in
        group.addTask {
            try await server.run()
            return nil
        }
        group.addTask { try await body() }
        defer { group.cancelAll() }
        while let outcome = try await group.next() {
            if let outcome { return outcome }
        }
        throw Stopped()
    }
}

/// The server ended before the test did.
struct Stopped: Error {}
