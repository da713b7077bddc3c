import Wire

/// Node names as small numbers, in the order in which they were first met; 0 is this node.
struct NodeDirectory: Sendable {
    private(set) var names: [String] = []
    /// `StableHash` of each name.
    private(set) var tags: [UInt64] = []
    private var indexByName: [String: Int] = [:]
    /// Indexes by tag, open addressing, -1 is free: tags are hashes already, and are looked up for
    /// every entry of every hello.
    private var table = [Int32](repeating: -1, count: 16)

    static let ownIndex = 0

    init(own: String) {
        _ = intern(own)
    }

    var count: Int { names.count }
    var peerIndexes: Range<Int> { 1..<max(names.count, 1) }

    mutating func intern(_ name: String) -> Int {
        let tag = StableHash.of(name)
        if let index = index(tag: tag), names[index] == name { return index }
        if let index = indexByName[name] { return index }
        let index = names.count
        names.append(name)
        tags.append(tag)
        indexByName[name] = index
        if 2 * names.count > table.count {
            table = Array(repeating: -1, count: 2 * table.count)
            for index in tags.indices { note(index) }
        } else {
            note(index)
        }
        return index
    }

    func index(of name: String) -> Int? { indexByName[name] }
    func index(tag: UInt64) -> Int? {
        let index = table[place(of: tag)]
        return index < 0 ? nil : Int(index)
    }

    /// Of two names of one tag the later one is found.
    private mutating func note(_ index: Int) {
        table[place(of: tags[index])] = Int32(index)
    }

    /// Where the tag is in the table, or would be.
    private func place(of tag: UInt64) -> Int {
        var place = Int(truncatingIfNeeded: tag) & (table.count - 1)
        while table[place] >= 0, tags[Int(table[place])] != tag {
            place = (place + 1) & (table.count - 1)
        }
        return place
    }
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
