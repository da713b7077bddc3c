import Addressing
import Testing
import Wire

@Suite struct HelloRefusalTests {
    @Test func eachReason() throws {
        let keyring = try HelloScene.keyring("a")
        let hello = try HelloScene.full()
        let good = keyring.seal(hello)
        var flipped = good
        flipped[80] ^= 1
        var wrongMagic = good
        wrongMagic[0] ^= 1
        var wrongVersion = good
        wrongVersion[4] = 2
        var wrongReserved = good
        wrongReserved[5] = 1
        let rows: [(String, [UInt8], Int, HelloRefusal)] = [
            ("one hop", good, 254, .wrongHopLimit),
            ("nothing", [], 255, .truncated),
            ("the envelope cut", Array(good.prefix(19)), 255, .truncated),
            ("the last byte cut", Array(good.dropLast()), 255, .truncated),
            ("a byte too many", good + [0], 255, .malformed),
            ("magic", wrongMagic, 255, .malformed),
            ("version", wrongVersion, 255, .malformed),
            ("reserved", wrongReserved, 255, .malformed),
            ("a bit flipped", flipped, 255, .forged),
            ("another key", try HelloScene.keyring("b").seal(hello), 255, .otherKey),
            (
                "another cluster", try HelloScene.keyring("a", cluster: 1).seal(hello), 255,
                .foreignCluster
            ),
        ]
        for (row, bytes, hopLimit, reason) in rows {
            let found = HelloScene.opened(bytes, by: keyring, hopLimit: hopLimit)
            #expect(found == .failure(reason), "\(row)")
        }
    }

    @Test func anyBitFlippedIsNeverAHello() throws {
        let keyring = try HelloScene.keyring()
        let good = keyring.seal(try HelloScene.full())
        for bit in 0..<good.count * 8 {
            var bytes = good
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            let isRefused = (try? HelloScene.opened(bytes, by: keyring).get()) == nil
            #expect(isRefused, "bit \(bit)")
        }
    }

    @Test func keysAreRotatedWithoutAGap() throws {
        let hello = HelloScene.smallest()
        let (old, both, new) = (
            try HelloScene.keyring("a"), try HelloScene.keyring("ab"), try HelloScene.keyring("ba")
        )
        let last = try HelloScene.keyring("b")
        for (sealer, opener) in [(old, both), (both, old), (both, new), (new, both), (new, last)] {
            #expect(HelloScene.opened(sealer.seal(hello), by: opener) == .success(hello))
        }
        #expect(HelloScene.opened(old.seal(hello), by: last) == .failure(.otherKey))
    }

    @Test func shortSecretsAreNoKeys() {
        #expect(HelloKey(secret: [UInt8](repeating: 1, count: 15)) == nil)
        #expect(HelloKey(secret: [UInt8](repeating: 1, count: 16)) != nil)
        #expect(HelloKeyring(clusterTag: 1, keys: []) == nil)
    }

    /// Authentic but wrong: another release or a broken node. Each field at its limit.
    @Test func fieldsOutOfTheirLimits() throws {
        let keyring = try HelloScene.keyring()
        func edited(_ edit: (inout [UInt8]) -> Void) throws -> [UInt8] {
            try Resealed.edit(keyring.seal(try HelloScene.full()), key: "a", edit)
        }
        let rows: [(String, [UInt8], HelloRefusal)] = [
            (
                "period 0",
                try edited {
                    $0[32] = 0; $0[33] = 0
                }, .malformed
            ),
            (
                "period 10,001",
                try edited {
                    $0[32] = 0x27; $0[33] = 0x11
                }, .malformed
            ),
            ("misses 2", try edited { $0[34] = 2 }, .malformed),
            ("misses 51", try edited { $0[34] = 51 }, .malformed),
            ("no node name", try edited { $0[35] = 0 }, .malformed),
            ("node name of 254", try edited { $0[35] = 254 }, .malformed),
            ("blank in the node name", try edited { $0[76] = 0x20 }, .malformed),
            ("nine addresses", try edited { $0[64] = 9 }, .malformed),
            ("coverage 3", try edited { $0[65] = 3 }, .malformed),
            ("more claims than there are", try edited { $0[68] = 0xFF }, .truncated),
            ("fewer claims than there are", try edited { $0[69] = 1 }, .malformed),
            ("unknown mark", try edited { $0[96] = 0x80 }, .malformed),
        ]
        for (row, bytes, reason) in rows {
            let found = HelloScene.opened(bytes, by: keyring)
            let isRefused = (try? found.get()) == nil
            #expect(isRefused, "\(row)")
            #expect(found == .failure(reason) || found == .failure(.malformed), "\(row)")
        }
    }
}

@Suite struct HelloFuzzTests {
    /// Authentic datagrams with random damage: never a trap, and what is accepted is written back
    /// byte by byte.
    @Test func damagedButAuthentic() throws {
        let keyring = try HelloScene.keyring()
        var random = RandomHello(seed: 2)
        var accepted = 0
        for _ in 0..<20_000 {
            let bytes = try Resealed.edit(keyring.seal(random.next()), key: "a") {
                for _ in 0...random.below(4) { damage(&$0, &random) }
            }
            if let hello = try? HelloScene.opened(bytes, by: keyring).get() {
                accepted += 1
                #expect(keyring.seal(hello) == bytes)
            }
        }
        #expect(accepted > 500, "the damage must leave something to accept: \(accepted)")
    }

    @Test func anyBytesAtAll() throws {
        let keyring = try HelloScene.keyring()
        var random = RandomHello(seed: 3)
        for _ in 0..<20_000 {
            var bytes = (0..<random.below(160)).map { _ in UInt8(random.below(256)) }
            if random.below(2) == 0 { bytes = [0x48, 0x52, 0x4C, 0x44, 1, 0] + bytes }
            let isRefused = (try? HelloScene.opened(bytes, by: keyring).get()) == nil
            #expect(isRefused)
        }
    }

    private func damage(_ bytes: inout [UInt8], _ random: inout RandomHello) {
        let index = 20 + random.below(max(bytes.count - 20, 1))
        switch random.below(4) {
        case 0: bytes[index % bytes.count] ^= 1 << UInt8(random.below(8))
        case 1: bytes[index % bytes.count] = [0, 1, 0x7F, 0x80, 0xFF][random.below(5)]
        case 2: bytes.removeLast(min(random.below(20), bytes.count - 77))
        default: bytes += (0..<random.below(20)).map { _ in UInt8(random.below(256)) }
        }
    }
}
