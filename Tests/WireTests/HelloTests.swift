import Addressing
import Testing
import Wire

/// Hellos and keys that the tests of this folder share.
enum HelloScene {
    static let clusterTag: UInt64 = 0x0102_0304_0506_0708

    static func key(_ letter: String) throws -> HelloKey {
        try #require(HelloKey(secret: Array(String(repeating: letter, count: 32).utf8)))
    }

    static func keyring(_ letters: String = "a", cluster: UInt64 = clusterTag) throws
        -> HelloKeyring
    {
        try #require(
            HelloKeyring(clusterTag: cluster, keys: try letters.map { try key(String($0)) }))
    }

    static func smallest() -> Hello {
        Hello(
            node: "n", incarnation: 0, sequence: 0, periodMilliseconds: 1, misses: 3,
            linkAddress: .zero)
    }

    /// Every list holds something, both families, every mark.
    static func full() throws -> Hello {
        var hello = Hello(
            node: "worker-1.example.org", incarnation: 7, sequence: 0x1122_3344_5566_7788,
            periodMilliseconds: 50, misses: 5, flags: [.serving, .stale],
            linkAddress: try LinkAddress("02:00:00:00:00:2a"),
            addresses: [try IPAddress("192.0.2.1"), try IPAddress("2001:db8::1")],
            poolSetHash: 0xA5A5_0000_0000_5A5A)
        hello.heard = [
            .init(nodeTag: StableHash.of("worker-2"), incarnation: 3, ageMilliseconds: 49),
            .init(nodeTag: StableHash.of("worker-3"), incarnation: 9, ageMilliseconds: nil),
        ]
        hello.claimCount = 2
        hello.claimDigest = 0x0123_4567_89AB_CDEF
        hello.claims = [
            .init(try IPAddress("192.0.2.16"), epoch: 4, isStrong: true),
            .init(try IPAddress("2001:db8::16"), epoch: 5, isStrong: false, isOffered: true),
        ]
        hello.coverage = try IPAddress("192.0.2.16")...IPAddress("2001:db8::ffff")
        hello.yields = [.init(try IPAddress("192.0.2.17"), epoch: 2)]
        hello.gone = [.init(try IPAddress("2001:db8::17"), epoch: 6)]
        hello.vouched = [
            .init(
                try IPAddress("192.0.2.18"), epoch: 3, isStrong: true,
                ownerTag: StableHash.of("worker-2"))
        ]
        return hello
    }

    static func opened(
        _ bytes: [UInt8], by keyring: HelloKeyring, hopLimit: Int = 255
    ) -> Result<Hello, HelloRefusal> {
        bytes.withUnsafeBytes { buffer in
            Result { () throws(HelloRefusal) in try keyring.open(buffer, hopLimit: hopLimit) }
        }
    }
}

@Suite struct HelloRoundTripTests {
    @Test func smallestAndFull() throws {
        let keyring = try HelloScene.keyring()
        var complete = try HelloScene.full()
        complete.coverage = Hello.everything
        var long = HelloScene.smallest()
        long.node = String(repeating: "n", count: Hello.nodeBytesMax)
        for hello in [HelloScene.smallest(), try HelloScene.full(), complete, long] {
            let bytes = keyring.seal(hello)
            #expect(bytes.count == hello.datagramBytes)
            #expect(HelloScene.opened(bytes, by: keyring) == .success(hello))
        }
    }

    @Test func aFullDatagramOfClaims() throws {
        var hello = HelloScene.smallest()
        while hello.datagramBytes + 9 <= HelloLayout.datagramBytesMax {
            let address = IPAddress.ipv4(IPv4Address(bits: UInt32(hello.claims.count)))
            hello.claims.append(.init(address, epoch: .max, isStrong: true))
        }
        #expect(hello.claims.count == 123)
        let keyring = try HelloScene.keyring()
        #expect(HelloScene.opened(keyring.seal(hello), by: keyring) == .success(hello))
    }

    @Test func randomHellosComeBackAsTheyWere() throws {
        let keyring = try HelloScene.keyring()
        var random = RandomHello(seed: 1)
        for _ in 0..<500 {
            let hello = random.next()
            let bytes = keyring.seal(hello)
            #expect(bytes.count == hello.datagramBytes)
            #expect(HelloScene.opened(bytes, by: keyring) == .success(hello))
        }
    }

    @Test func unknownFlagsAreKept() throws {
        var hello = HelloScene.smallest()
        hello.flags = Hello.Flags(rawValue: 0xFFFF)
        let keyring = try HelloScene.keyring()
        #expect(HelloScene.opened(keyring.seal(hello), by: keyring) == .success(hello))
    }

    @Test func longerAgesThanCanBeToldAreCut() throws {
        var hello = HelloScene.smallest()
        hello.heard = [.init(nodeTag: 1, incarnation: 1, ageMilliseconds: 65_535)]
        let keyring = try HelloScene.keyring()
        let back = try HelloScene.opened(keyring.seal(hello), by: keyring).get()
        #expect(back.heard[0].ageMilliseconds == Hello.Heard.ageMax)
    }
}

@Suite struct HelloGoldenTests {
    private func hex(_ bytes: some Collection<UInt8>) -> String {
        bytes.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    @Test func everyByteOfTheSmallest() throws {
        let bytes = try HelloScene.keyring().seal(HelloScene.smallest())
        let lines = stride(from: 0, to: bytes.count, by: 16).map {
            hex(bytes[$0..<min($0 + 16, bytes.count)])
        }
        #expect(lines == HelloGoldens.smallest)
    }

    @Test func everyByteOfTheFull() throws {
        let bytes = try HelloScene.keyring().seal(try HelloScene.full())
        let lines = stride(from: 0, to: bytes.count, by: 16).map {
            hex(bytes[$0..<min($0 + 16, bytes.count)])
        }
        #expect(lines == HelloGoldens.full)
    }

    @Test func hashesNeverChange() throws {
        #expect(StableHash.of("") == HelloGoldens.hashOfNothing)
        #expect(StableHash.of("n1") == HelloGoldens.hashOfN1)
        #expect(StableHash.of(try IPAddress("192.0.2.16")) == HelloGoldens.hashOfIPv4)
        #expect(StableHash.of(try IPAddress("2001:db8::16")) == HelloGoldens.hashOfIPv6)
        #expect(StableHash.rendezvous(address: 1, node: 2) == HelloGoldens.rendezvous)
    }

    /// `printf UID | sha256sum`
    @Test func clusterTagIsTheFrontOfTheSHA256() {
        let uid = "8d3ec5ba-6a4b-4c2c-9f0e-8f3f3c1d2b11"
        #expect(HelloKeyring.clusterTag(namespaceUID: uid) == HelloGoldens.clusterTag)
    }
}
