import Logging
import PoolFile
import ServiceLifecycle
import UnixSignals

/// Reads the pool files and the hello keys' file anew on SIGHUP; what is invalid changes nothing and
/// is reported.
package struct FileReloader: ServiceLifecycle.Service {
    private let poolsPath: String
    private let helloKeyPath: String?
    private let loop: APILoop
    private let logger: Logger

    package init(poolsPath: String, helloKeyPath: String?, loop: APILoop, logger: Logger) {
        self.poolsPath = poolsPath
        self.helloKeyPath = helloKeyPath
        self.loop = loop
        self.logger = logger
    }

    package func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            do throws(PoolFileErrors) {
                await loop.send(.poolsLoaded(try PoolFile.load(path: poolsPath)))
            } catch {
                await loop.send(.poolsRefused(error))
            }
            if let helloKeyPath { await readKeys(helloKeyPath) }
        }
    }

    private func readKeys(_ path: String) async {
        do {
            await loop.send(.helloKeysRead(try HelloKeyFile.read(path)))
        } catch {
            logger.error(
                "hello keys refused, the last good ones stay", metadata: ["found": "\(error)"])
        }
    }
}
