import Status
import Testing

@Suite struct AddressCountTests {
    @Test(arguments: [
        ("nothing", UInt128(0), Int64(0)),
        ("a /24", 256, 256),
        ("the limit", 9_007_199_254_740_991, 9_007_199_254_740_991),
        ("one more", 9_007_199_254_740_992, 9_007_199_254_740_991),
        ("a /64", UInt128(1) << 64, 9_007_199_254_740_991),
        ("everything", UInt128.max, 9_007_199_254_740_991),
    ])
    func countsStopAtTheLargestExactDouble(name: String, exact: UInt128, shown: Int64) {
        #expect(AddressCount(clamping: exact).value == shown)
        #expect(AddressCount(clamping: exact).isAtLimit == (shown == AddressCount.limit))
        #expect(Int64(exactly: Double(shown)) == shown)
    }

    @Test func aNegativeCountIsNothing() {
        #expect(AddressCount(clamping: -1).value == 0)
    }

    @Test(arguments: [
        ("all free", UInt128(16), 0, 0, Int64(16)),
        ("some of each", 16, 2, 1, 13),
        ("full", 16, 15, 1, 0),
        ("more holders than the shrunk pool has", 4, 6, 0, 0),
        ("a /64", UInt128(1) << 64, 1, 0, AddressCount.limit),
    ])
    func whatIsLeftIsAvailable(
        name: String, total: UInt128, used: Int, quarantined: Int, available: Int64
    ) {
        let counts = AddressCounts(total: total, used: used, quarantined: quarantined)
        #expect(counts.available.value == available)
    }

    /// Holds for every pool that no holder outgrew and that JSON can count.
    @Test func totalIsUsedAndAvailableAndQuarantined() {
        var random = Seeded(state: 7)
        for _ in 0..<10_000 {
            let total = Int64.random(in: 0...AddressCount.limit, using: &random)
            let used = Int64.random(in: 0...min(total, 1 << 31), using: &random)
            let quarantined = Int64.random(in: 0...min(total - used, 1 << 31), using: &random)
            let counts = AddressCounts(
                total: UInt128(total), used: Int(used), quarantined: Int(quarantined))
            let sum = counts.used.value + counts.available.value + counts.quarantined.value
            #expect(sum == counts.total.value)
        }
    }
}

/// SplitMix64: the same numbers in every run.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
