import Foundation

/// Waits until `condition` holds, looking every 2 ms.
///
/// - Parameter what: what is waited for, told when `timeout` passes first and this throws.
package func eventually(
    _ what: String, within timeout: Duration = .seconds(10), _ condition: () throws -> Bool
) throws {
    let deadline = ContinuousClock.now.advanced(by: timeout)
    while try !condition() {
        guard ContinuousClock.now < deadline else {
            throw Command.Failure(description: "not within \(timeout): \(what)")
        }
        usleep(2_000)
    }
}
