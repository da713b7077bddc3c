import AsyncAlgorithms
import FoundationEssentials
import JSON
import Kubernetes
import Logging

extension APILoop {
    /// The Secret whose values are the keys of hellos; of several entries the last by name is the
    /// newest.
    static let helloSecret = NamespacedName(namespace: "herald-system", name: "herald-hello-key")
    /// Random bytes of a key that a daemon makes, written as hexadecimal digits.
    static let helloKeyBytes = 32
    static let helloKeyPauseMin = Duration.milliseconds(100)
    static let helloKeyPauseMax = Duration.seconds(10)

    /// Follows the Secret, and fills it while it is empty.
    func followHelloKeys() async {
        let name = Self.helloSecret
        for await feed in client.follow(Secret.self, in: name.namespace, .name(name.name)) {
            switch feed {
            case .snapshot(let secrets): await take(secrets.first)
            case .changed(let secret): await take(secret)
            case .removed: await take(nil)
            case .interrupted(let error): await send(.helloKeysUnreadable(error))
            case .resumed: break
            }
        }
    }

    private func take(_ secret: Secret?) async {
        let keys = secret?.helloKeys ?? []
        guard keys.isEmpty else { return await send(.helloKeysRead(keys)) }
        await fillHelloSecret()
    }

    /// Makes a key where there is none; ends as soon as somebody has.
    private func fillHelloSecret() async {
        var pause = Self.helloKeyPauseMin
        while !Task.isCancelled {
            do throws(KubernetesError) {
                return await send(.helloKeysRead(try await demandHelloKeys()))
            } catch {
                await send(.helloKeysUnreadable(error))
            }
            // Cancelled only when the loop has ended.
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, Self.helloKeyPauseMax)
        }
    }

    /// The keys in the Secret; its first one is made when there is none. Of several daemons that
    /// make one the server takes the first: the others are told of a conflict and read again.
    private func demandHelloKeys() async throws(KubernetesError) -> [[UInt8]] {
        let found: Secret?
        do {
            found = try await client.get(Secret.self, Self.helloSecret)
        } catch {
            guard error.isNotFound else { throw error }
            found = nil
        }
        if let keys = found?.helloKeys, !keys.isEmpty { return keys }
        let made = Self.newHelloKey()
        guard let found else {
            let metadata = ObjectMeta(
                name: Self.helloSecret.name, namespace: Self.helloSecret.namespace)
            return try await client.create(
                Secret(metadata: metadata, data: ["key-1": Data(made)])
            ).helloKeys
        }
        let body: JSONValue = [
            "metadata": ["resourceVersion": .string(found.metadata.resourceVersion)],
            "data": ["key-1": .string(Data(made).base64EncodedString())],
        ]
        let filled: Secret = try await client.patch(
            Secret.self, Self.helloSecret, as: .merge, body)
        return filled.helloKeys
    }

    private static func newHelloKey() -> [UInt8] {
        var source = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef".utf8)
        return (0..<helloKeyBytes).flatMap { _ in
            let byte = UInt8.random(in: .min ... .max, using: &source)
            return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
}

extension Secret {
    /// Its values in the order of their names.
    fileprivate var helloKeys: [[UInt8]] {
        data.sorted { $0.key < $1.key }.map { Array($0.value).withoutBlanks }
            .filter { !$0.isEmpty }
    }
}
