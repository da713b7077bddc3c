/// Numbers that look random and are the same in every run (Knuth's 64-bit LCG).
struct Numbers {
    var state: UInt64

    mutating func next(below bound: UInt64) -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) % bound
    }

    mutating func shuffled<Element>(_ list: [Element]) -> [Element] {
        var list = list
        for index in list.indices.reversed() where index > 0 {
            list.swapAt(index, Int(next(below: UInt64(index + 1))))
        }
        return list
    }
}
