import Testing

@testable import Allocation

/// The table against a Dictionary.
@Suite struct CompactTableTests {
    /// Keys that hash alike when their last digits do.
    private struct Key: Hashable {
        let number: Int
        func hash(into hasher: inout Hasher) { hasher.combine(number % 7) }
    }

    private struct Element: Keyed, Equatable {
        let key: Key
        var value: Int
    }

    @Test(arguments: 1...20)
    func agreesWithADictionary(seed: Int) {
        var numbers = Numbers(state: UInt64(seed))
        var table = CompactTable<Element>()
        var known: [Key: Int] = [:]
        for step in 0..<3_000 {
            // Grows, shrinks, grows.
            let isGrowing = step / 500 % 2 == 0
            let key = Key(number: Int(numbers.next(below: 300)))
            if numbers.next(below: 10) < (isGrowing ? 7 : 3) {
                table[key] = Element(key: key, value: step)
                known[key] = step
            } else {
                table[key] = nil
                known[key] = nil
            }
            let probe = Key(number: Int(numbers.next(below: 300)))
            guard table[probe]?.value == known[probe], table.count == known.count else {
                Issue.record("step \(step): \(probe) is \(String(describing: table[probe]))")
                return
            }
        }
        #expect(
            Dictionary(uniqueKeysWithValues: table.elements.map { ($0.key, $0.value) }) == known)
    }

    @Test func aReservedTableIsFoundInAsBefore() {
        var table = CompactTable<Element>()
        for number in 0..<10 { table.insert(Element(key: Key(number: number), value: number)) }
        table.reserve(10_000)
        #expect((0..<10).allSatisfy { table[Key(number: $0)]?.value == $0 })
        #expect(table[Key(number: 10)] == nil)
        #expect(table.position(of: Key(number: 3)) == 3)
    }

    @Test func anEmptyTableHasNothing() {
        var table = CompactTable<Element>()
        #expect(table[Key(number: 1)] == nil)
        table[Key(number: 1)] = nil
        #expect(table.count == 0)
    }
}
