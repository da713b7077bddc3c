import Logging
import PoolFile
import ServiceLifecycle
import UnixSignals

/// Reads the pool files anew when they change, and with the hello keys' file on SIGHUP; what is
/// invalid changes nothing and is reported until it is mended.
package struct FileReloader: ServiceLifecycle.Service {
    private let poolsPath: String
    private let helloKeyPath: String?
    private let loop: APILoop
    private let logger: Logger

    /// What asked for reading.
    private enum Cause { case poolsChanged, signal }

    package init(poolsPath: String, helloKeyPath: String?, loop: APILoop, logger: Logger) {
        self.poolsPath = poolsPath
        self.helloKeyPath = helloKeyPath
        self.loop = loop
        self.logger = logger
    }

    package func run() async throws {
        let (causes, continuation) = AsyncStream<Cause>.makeStream(
            bufferingPolicy: .bufferingNewest(2))
        let watcher = try PoolWatcher(path: poolsPath, logger: logger) {
            continuation.yield(.poolsChanged)
        }
        defer { watcher.stop() }
        let signals = await UnixSignalsSequence(trapping: .sighup)
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await _ in signals.cancelOnGracefulShutdown() { continuation.yield(.signal) }
                continuation.finish()
            }
            for await cause in causes {
                await readPools()
                if cause == .signal, let helloKeyPath { await readKeys(helloKeyPath) }
            }
        }
    }

    private func readPools() async {
        do throws(PoolFileErrors) {
            await loop.send(.poolsLoaded(try PoolFile.load(path: poolsPath)))
        } catch {
            await loop.send(.poolsRefused(error))
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
