import Testing

@testable import Addressing

@Suite struct IntervalSetTests {
    @Test func runsMergeAndSplit() {
        var set = IntervalSet(10...20)
        set.insert(30...40)
        set.insert(21...29)
        #expect(set.runs == [10...40])
        set.remove(15...35)
        #expect(set.runs == [10...14, 36...40])
        #expect(set.count == 10)
        set.remove(0...100)
        #expect(set.isEmpty && set.count == 0 && set.first == nil)
    }

    @Test func bothEndsOfTheNumbersAreOrdinary() {
        var set = IntervalSet(0...UInt128.max)
        #expect(set.count == .max)
        set.remove(0)
        set.remove(UInt128.max)
        #expect(set.runs == [1...(UInt128.max - 1)])
        #expect(set.count == UInt128.max - 1)
        set.insert(UInt128.max)
        set.insert(0)
        #expect(set.runs == [0...UInt128.max])
    }

    @Test func firstAtOrAboveSkipsGaps() {
        var set = IntervalSet(10...20)
        set.insert(30)
        #expect(set.first == 10)
        #expect(set.first(atOrAbove: 15) == 15)
        #expect(set.first(atOrAbove: 21) == 30)
        #expect(set.first(atOrAbove: 31) == nil)
    }

    /// The same operations on a plain set of numbers, over enough runs that chunks split.
    @Test(arguments: [UInt64(1), 2, 3])
    func agreesWithAPlainSet(seed: UInt64) {
        var numbers = Numbers(state: seed)
        var set = IntervalSet()
        var plain: Set<UInt128> = []
        for step in 0..<6000 {
            let low = UInt128(numbers.next(below: 4000))
            let run = low...(low + UInt128(numbers.next(below: 3)))
            if numbers.next(below: 5) < 3 {
                set.insert(run)
                plain.formUnion(run)
            } else {
                set.remove(run)
                plain.subtract(run)
            }
            guard step % 500 == 499 else { continue }
            #expect(set.runs.flatMap { Array($0) } == plain.sorted())
            #expect(set.count == UInt128(plain.count))
            let probe = UInt128(numbers.next(below: 4000))
            #expect(set.first(atOrAbove: probe) == plain.filter { $0 >= probe }.min())
            #expect(set.contains(probe) == plain.contains(probe))
        }
    }

    @Test func manySingleNumbersStaySorted() {
        var set = IntervalSet()
        for number in 0..<5000 { set.insert(UInt128((number * 7919) % 10007) * 2) }
        #expect(set.runs.count == 5000)
        #expect(set.runs == set.runs.sorted { $0.lowerBound < $1.lowerBound })
        for number in 0..<5000 { set.remove(UInt128((number * 7919) % 10007) * 2) }
        #expect(set.isEmpty)
    }
}

/// Numbers that look random and are the same in every run (Knuth's 64-bit LCG).
struct Numbers {
    var state: UInt64

    mutating func next(below bound: UInt64) -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) % bound
    }
}
