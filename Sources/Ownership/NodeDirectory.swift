import Wire

/// Node names as small numbers, in the order in which they were first met; 0 is this node.
struct NodeDirectory: Sendable {
    private(set) var names: [String] = []
    /// `StableHash` of each name.
    private(set) var tags: [UInt64] = []
    private var indexByName: [String: Int] = [:]
    private var indexByTag: [UInt64: Int] = [:]

    static let ownIndex = 0

    init(own: String) {
        _ = intern(own)
    }

    var count: Int { names.count }
    var peerIndexes: Range<Int> { 1..<max(names.count, 1) }

    mutating func intern(_ name: String) -> Int {
        if let index = indexByName[name] { return index }
        let index = names.count
        names.append(name)
        tags.append(StableHash.of(name))
        indexByName[name] = index
        indexByTag[tags[index]] = index
        return index
    }

    func index(of name: String) -> Int? { indexByName[name] }
    func index(tag: UInt64) -> Int? { indexByTag[tag] }
}

/// A set of `NodeDirectory` indexes.
struct NodeSet: Hashable, Sendable {
    private var words: [UInt64] = []

    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    func contains(_ index: Int) -> Bool {
        index / 64 < words.count && words[index / 64] >> (index % 64) & 1 == 1
    }

    mutating func insert(_ index: Int) {
        while words.count <= index / 64 { words.append(0) }
        words[index / 64] |= 1 << UInt64(index % 64)
    }

    mutating func remove(_ index: Int) {
        guard index / 64 < words.count else { return }
        words[index / 64] &= ~(1 << UInt64(index % 64))
    }
}
