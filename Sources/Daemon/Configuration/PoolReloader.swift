import Logging
import PoolFile
import ServiceLifecycle
import UnixSignals

/// Reads the pool files anew on SIGHUP; an invalid set changes nothing and is reported.
package struct PoolReloader: ServiceLifecycle.Service {
    private let path: String
    private let loop: APILoop

    package init(path: String, loop: APILoop) {
        self.path = path
        self.loop = loop
    }

    package func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            do throws(PoolFileErrors) {
                await loop.send(.poolsLoaded(try PoolFile.load(path: path)))
            } catch {
                await loop.send(.poolsRefused(error))
            }
        }
    }
}
