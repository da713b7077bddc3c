/// What a table finds by a key that it knows itself.
protocol Keyed: Sendable {
    associatedtype Key: Hashable
    var key: Key { get }
}

/// Elements found by their own key, in a fraction of a Dictionary's room: a list without gaps, and
/// 32-bit positions in it, open-addressed with linear probing (Knuth, TAOCP 3, 6.4, algorithms L
/// and R).
///
/// The order of the list must not reach a result: it tells of the past.
struct CompactTable<Element: Keyed>: Sendable {
    private(set) var elements: ContiguousArray<Element> = []
    /// Positions by hash, or `vacant`; a power of two of them, at most three quarters taken.
    private var places: ContiguousArray<Int32> = []

    private static var vacant: Int32 { -1 }
    private static var placesMin: Int { 8 }

    var count: Int { elements.count }
    var keys: [Element.Key] { elements.map(\.key) }

    /// The element with the key; setting nil removes it.
    subscript(key: Element.Key) -> Element? {
        get { position(of: key).map { elements[$0] } }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let element?): elements[position] = element
            case (nil, let element?): insert(element)
            case (let position?, nil): remove(at: position)
            case (nil, nil): break
            }
        }
    }

    /// Valid until something is removed.
    func position(of key: Element.Key) -> Int? {
        guard !places.isEmpty else { return nil }
        var place = home(of: key)
        while places[place] != Self.vacant {
            let position = Int(places[place])
            if elements[position].key == key { return position }
            place = following(place)
        }
        return nil
    }

    /// The key of the element must stay.
    subscript(position position: Int) -> Element {
        get { elements[position] }
        _modify { yield &elements[position] }
    }

    /// Makes room for so many elements.
    mutating func reserve(_ count: Int) {
        elements.reserveCapacity(count)
        guard count * 4 > places.count * 3 else { return }
        var size = max(places.count, Self.placesMin)
        while count * 4 > size * 3 { size *= 2 }
        places = ContiguousArray(repeating: Self.vacant, count: size)
        for position in elements.indices { place(position) }
    }

    /// Adds an element whose key must be new; returns its position.
    @discardableResult
    mutating func insert(_ element: Element) -> Int {
        if elements.count == elements.capacity || (count + 1) * 4 > places.count * 3 {
            reserve(max(Self.placesMin / 2, count + count / 4 + 1))
        }
        elements.append(element)
        place(count - 1)
        return count - 1
    }

    mutating func remove(at position: Int) {
        vacate(placeOf(position))
        let last = count - 1
        if position != last {
            places[placeOf(last)] = Int32(position)
            elements.swapAt(position, last)
        }
        elements.removeLast()
    }

    // MARK: - Places

    private func home(of key: Element.Key) -> Int { key.hashValue & (places.count - 1) }

    private func following(_ place: Int) -> Int { (place + 1) & (places.count - 1) }

    private mutating func place(_ position: Int) {
        var place = home(of: elements[position].key)
        while places[place] != Self.vacant { place = following(place) }
        places[place] = Int32(position)
    }

    private func placeOf(_ position: Int) -> Int {
        var place = home(of: elements[position].key)
        while places[place] != Int32(position) {
            precondition(places[place] != Self.vacant, "position \(position) has no place")
            place = following(place)
        }
        return place
    }

    /// Empties a place and moves up what was pushed past it.
    private mutating func vacate(_ place: Int) {
        var hole = place
        var next = following(place)
        while places[next] != Self.vacant {
            let home = home(of: elements[Int(places[next])].key)
            let mask = places.count - 1
            if (next - home) & mask >= (next - hole) & mask {
                places[hole] = places[next]
                hole = next
            }
            next = following(next)
        }
        places[hole] = Self.vacant
    }
}
