import Kubernetes
import LinkLayer
import Logging
import Timing

extension APILoop {
    /// Registers the node where that is ours to do, and keeps trying while the API is away.
    func register() async {
        var pause = Self.registrationPauseMin
        while !Task.isCancelled {
            do throws(KubernetesError) {
                let time = Time(secondsSince1970: WallTime.now().microseconds / 1_000_000)
                let former = try await start.registration.register(with: client, at: time)
                if !former.isEmpty { await send(.formerAddressesFound(former)) }
                return
            } catch {
                logger.warning("node not registered", metadata: ["error": "\(error)"])
            }
            // Cancelled only when the loop has ended.
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, Self.registrationPauseMax)
        }
    }

    static let registrationPauseMin = Duration.milliseconds(100)
    static let registrationPauseMax = Duration.seconds(10)
}
