import Allocation
import Files
import Foundation
import Kubernetes
import Ownership
import Status
import Testing
import Timing
import Wire

@testable import Daemon
@testable import PoolFile

/// Which keys open, and which one seals, while keys come and go.
@Suite struct HelloKeysTests {
    static func secret(_ name: String) -> [UInt8] { Array("\(name) 0123456789abcdef".utf8) }

    static let old = secret("old")
    static let new = secret("new")

    static func at(_ seconds: Int64) -> Instant { .zero + .seconds(seconds) }

    /// Keys that were read at 0 s, in a cluster that is known.
    static func keys(_ secrets: [[UInt8]]) -> HelloKeys {
        var keys = HelloKeys()
        keys.clusterKnown(namespaceUID: "uid-1")
        keys.read(secrets, at: at(0))
        _ = keys.update(at: at(0))
        return keys
    }

    /// The names of the keys that are used at an instant, the one that seals first.
    static func used(_ keys: inout HelloKeys, at seconds: Int64) -> [String] {
        _ = keys.update(at: at(seconds))
        return (keys.choice?.secrets ?? []).map { String(decoding: $0.prefix(3), as: UTF8.self) }
    }

    @Test func theFirstKeySealsAtOnce() {
        var keys = Self.keys([Self.old])
        #expect(Self.used(&keys, at: 0) == ["old"])
    }

    @Test func withoutAClusterOrAKeyThereIsNoChoice() {
        var keys = HelloKeys()
        keys.read([Self.old], at: Self.at(0))
        #expect(!keys.update(at: Self.at(0)) && keys.choice == nil)
        keys = HelloKeys()
        keys.clusterKnown(namespaceUID: "uid-1")
        #expect(!keys.update(at: Self.at(0)) && keys.choice == nil)
    }

    /// A second key opens at once and seals when everybody has had the time to read it.
    @Test func anAddedKeySealsAfterASettling() {
        var keys = Self.keys([Self.old])
        keys.read([Self.old, Self.new], at: Self.at(100))
        #expect(Self.used(&keys, at: 100) == ["old", "new"])
        #expect(keys.nextDeadline(after: Self.at(100)) == Self.at(110))
        #expect(Self.used(&keys, at: 109) == ["old", "new"])
        #expect(Self.used(&keys, at: 110) == ["new", "old"])
    }

    /// Replaced in one step: the old key goes on sealing until the new one has settled, and opens
    /// until the slowest has changed over.
    @Test func aReplacedKeyLeavesNoGap() {
        var keys = Self.keys([Self.old])
        keys.read([Self.new], at: Self.at(100))
        #expect(Self.used(&keys, at: 100) == ["old", "new"])
        #expect(Self.used(&keys, at: 110) == ["new", "old"])
        #expect(Self.used(&keys, at: 129) == ["new", "old"])
        #expect(Self.used(&keys, at: 130) == ["new"])
        #expect(keys.nextDeadline(after: Self.at(130)) == nil)
    }

    /// Every two nodes understand each other at any time, though one reads seconds later.
    @Test func aNodeThatReadsLaterIsUnderstoodAllTheTime() {
        var first = Self.keys([Self.old])
        var second = Self.keys([Self.old])
        for seconds in Int64(100)...150 {
            if seconds == 100 { first.read([Self.new], at: Self.at(seconds)) }
            if seconds == 108 { second.read([Self.new], at: Self.at(seconds)) }
            let one = Self.used(&first, at: seconds)
            let two = Self.used(&second, at: seconds)
            #expect(one.contains(two[0]) && two.contains(one[0]), "at \(seconds) s: \(one) \(two)")
        }
    }

    @Test func aKeyThatComesBackIsAsItWas() {
        var keys = Self.keys([Self.old])
        keys.read([Self.new], at: Self.at(100))
        keys.read([Self.old], at: Self.at(105))
        #expect(Self.used(&keys, at: 105) == ["old", "new"])
        #expect(Self.used(&keys, at: 200) == ["old"])
    }

    @Test(arguments: [("emptied", []), ("too short", [Array("short".utf8)])])
    func aSourceWithoutAKeyChangesNothing(row: String, secrets: [[UInt8]]) {
        var keys = Self.keys([Self.old])
        keys.read(secrets, at: Self.at(100))
        #expect(Self.used(&keys, at: 500) == ["old"])
    }

    /// What was known before a stop serves at once, and a key that is new since settles.
    @Test func savedKeysServeUntilTheSourceIsRead() {
        var keys = HelloKeys(saved: SavedHelloKeys(clusterTag: 7, secrets: [Self.old]))
        #expect(Self.used(&keys, at: 0) == ["old"])
        #expect(keys.choice?.clusterTag == 7)
        keys.read([Self.old, Self.new], at: Self.at(1))
        #expect(Self.used(&keys, at: 1) == ["old", "new"])
        #expect(keys.saved?.secrets == [Self.old, Self.new])
    }

    @Test func savedKeysComeBackAsTheyWere() throws {
        try StateDirectoryTests.withFolder { path in
            let directory = try StateDirectory(path: path)
            #expect(directory.helloKeys() == nil)
            let keys = SavedHelloKeys(clusterTag: .max, secrets: [Self.old, [0, 255]])
            try directory.write(keys)
            #expect(directory.helloKeys() == keys)
            try AtomicFile.write(Array("{".utf8), to: path + "/hello.key")
            #expect(directory.helloKeys() == nil)
        }
    }

    /// One row a file: the keys in it, nil when it is refused.
    @Test(arguments: [
        ("one", "0123456789abcdef\n", ["0123456789abcdef"]),
        ("no line end", "0123456789abcdef", ["0123456789abcdef"]),
        (
            "two and a comment", "# newest last\n0123456789abcdef\n\n  fedcba9876543210 \r\n",
            ["0123456789abcdef", "fedcba9876543210"]
        ),
        ("empty", "\n# nothing\n", nil), ("short", "0123456789abcdef\nshort\n", nil),
    ])
    func keyFiles(row: String, text: String, keys: [String]?) throws {
        try StateDirectoryTests.withFolder { path in
            let directory = try StateDirectory(path: path)
            let file = directory.path + "/key"
            try AtomicFile.write(Array(text.utf8), to: file)
            let read = try? HelloKeyFile.read(file)
            #expect(read == keys.map { $0.map { Array($0.utf8) } })
        }
    }

    @Test func aKeyFileThatIsMissingIsNamed() {
        #expect {
            try HelloKeyFile.read("/nowhere/key")
        } throws: {
            "\($0)".contains("hello-key: \"/nowhere/key\"")
        }
    }
}

/// What the reconciler does with keys.
@Suite struct ReconcilerKeyTests {
    typealias Story = ReconcilerStory

    /// A reconciler that knows everything but a key.
    static func keyless() throws -> Reconciler {
        var reconciler = Reconciler(
            configuration: Reconciler.Configuration(
                node: "n1",
                serviceClass: ServiceClass(name: "herald.dev/herald", isRequired: false),
                server: "https://192.0.2.1:6481"))
        let pool = try Story.pool("192.0.2.16-192.0.2.17")
        for event: ReconcilerEvent in [
            .poolsLoaded(.init(pools: .init([pool]), warnings: [])),
            .clusterIdentified(uid: Story.clusterUID), .nodes(.snapshot([Story.node("n1")])),
            .endpointSlices(.snapshot([])), .services(.snapshot([])),
        ] {
            let effects = reconciler.handle(event, at: .zero, time: Story.time)
            #expect(effects.segmentEvents.isEmpty, "nothing is told before there is a key")
        }
        return reconciler
    }

    /// Keys, then peers, then what there is to claim: whoever claims has listened to its peers.
    @Test func theSegmentLearnsKeysThenPeersThenAddresses() throws {
        var reconciler = try Self.keyless()
        let effects = reconciler.handle(
            .helloKeysRead([Story.helloKey]), at: .zero, time: Story.time)
        #expect(
            effects.segmentEvents == ["keyring", "peersChanged", "ownNodePresent", "viewLoaded"])
        #expect(effects.contains { if case .saveKeys = $0 { true } else { false } })
    }

    @Test func keysThatDoNotChangeAreNotToldAgain() throws {
        var reconciler = try Self.keyless()
        let event = ReconcilerEvent.helloKeysRead([Story.helloKey])
        _ = reconciler.handle(event, at: .zero, time: Story.time)
        #expect(reconciler.handle(event, at: .zero, time: Story.time).isEmpty)
    }

    @Test func aSecretThatCannotBeReadIsAProblemWhileThereIsNoKey() throws {
        var reconciler = try Self.keyless()
        let error = KubernetesError(verb: .list, path: "/secrets", cause: .timedOut)
        _ = reconciler.handle(.helloKeysUnreadable(error), at: .zero, time: Story.time)
        let problem = reconciler.status(at: .zero).problems.first
        #expect(problem?.hasPrefix("There is no hello key yet") == true)
        _ = reconciler.handle(
            .helloKeysRead([Story.helloKey]), at: .zero, time: Story.time)
        #expect(reconciler.status(at: .zero).problems.isEmpty)
    }
}
