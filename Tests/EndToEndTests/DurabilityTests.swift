import Foundation
import Laboratory
import TestTraits
import Testing

/// What the embedded API acknowledged is on disk, whatever happens next.
@Suite(.serialized, .blocking, .needsKubectl) struct DurabilityTests {
    let world: World
    let node: HeraldNode

    static let api = "https://127.0.0.1:6481/api/v1/namespaces/default/configmaps"
    static let writers = 4
    /// Each writer ends after so many writes, should nobody kill the daemon.
    static let writesMax = 2_000

    init() throws {
        world = try World()
        node = try world.node()
        try node.start()
    }

    /// A shell that creates ConfigMaps one after another and prints the name of each that was
    /// acknowledged, until one is not.
    private func writer(_ number: Int, token: String) throws -> RunningCommand {
        let script = """
            for i in $(seq \(Self.writesMax)); do
              name=w\(number)-$i
              code=$(curl -sk --max-time 5 -o /dev/null -w '%{http_code}' -X POST \\
                -H 'Authorization: Bearer \(token)' -H 'Content-Type: application/json' \\
                -d "{\\"metadata\\":{\\"name\\":\\"$name\\"},\\"data\\":{\\"i\\":\\"$i\\"}}" '\(Self.api)')
              [ "$code" = 201 ] || exit 0
              echo $name
            done
            """
        return try node.namespace.start("bash", ["-c", script])
    }

    private func lines(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    @Test func everyAcknowledgedWriteOutlivesKill9AndWatchesResume() throws {
        let token = try node.kubectl(
            "config", "view", "--raw", "-o", "jsonpath={.users[0].user.token}")
        let storm = try (1...Self.writers).map { try writer($0, token: token) }
        try eventually("writes come through", within: .seconds(30)) {
            storm.allSatisfy { lines($0.outputSoFar).count >= 10 }
        }
        let listed = try JSONDecoder().decode(
            Listed.self, from: Data(curl(Self.api, token: token).utf8))
        try eventually("writes go on", within: .seconds(30)) {
            storm.allSatisfy { lines($0.outputSoFar).count >= 25 }
        }
        try node.end(SIGKILL)
        let acknowledged = try Set(
            storm.flatMap { lines(try $0.wait(timeout: .seconds(20)).output) })
        #expect(acknowledged.count >= 25 * Self.writers)

        try node.start()
        let kept = try Set(
            lines(
                node.kubectl("get", "configmaps", "-o", "jsonpath={.items[*].metadata.name}")))
        #expect(acknowledged.subtracting(kept).sorted() == [])

        // A watch goes on where the list was taken, before the kill: it tells every later write.
        let query = "watch=1&timeoutSeconds=2&resourceVersion=\(listed.metadata.resourceVersion)"
        let told = try curl("\(Self.api)?\(query)", token: token)
        let later = acknowledged.subtracting(listed.items.map(\.metadata.name))
        #expect(!later.isEmpty)
        #expect(later.filter { !told.contains("\"name\":\"\($0)\"") }.sorted() == [])
    }

    private func curl(_ url: String, token: String) throws -> String {
        try node.namespace.run(
            "curl", ["-sk", "--max-time", "10", "-H", "Authorization: Bearer \(token)", url]
        ).output
    }
}

/// A list as far as its place in history and its names.
private struct Listed: Decodable {
    struct ListMeta: Decodable { let resourceVersion: String }
    struct ObjectMeta: Decodable { let name: String }
    struct Item: Decodable { let metadata: ObjectMeta }
    let metadata: ListMeta
    let items: [Item]
}
