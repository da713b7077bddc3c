/// What is still to happen, in order of true time; at one moment in the order of scheduling.
///
/// The heap holds keys that are cheap to move; the elements stay in their places.
package struct EventQueue<Element: Sendable>: Sendable {
    private struct Key: Sendable {
        let moment: Moment
        let number: UInt64
        /// Where the element is.
        let place: Int

        func precedes(_ other: Key) -> Bool {
            moment == other.moment ? number < other.number : moment < other.moment
        }
    }

    /// A binary heap: the children of `i` are `2i + 1` and `2i + 2`.
    private var heap: [Key] = []
    private var elements: [Element?] = []
    private var freePlaces: [Int] = []
    private var scheduled: UInt64 = 0

    package init() {}

    package var count: Int { heap.count }
    package var nextMoment: Moment? { heap.first?.moment }

    package mutating func schedule(_ element: Element, at moment: Moment) {
        scheduled += 1
        let place = freePlaces.popLast() ?? elements.count
        if place < elements.count {
            elements[place] = element
        } else {
            elements.append(element)
        }
        let key = Key(moment: moment, number: scheduled, place: place)
        heap.append(key)
        siftUp(key)
    }

    /// The next element and its moment, removed from the queue.
    package mutating func popNext() -> (moment: Moment, element: Element)? {
        guard let last = heap.popLast() else { return nil }
        let first = heap.first ?? last
        if !heap.isEmpty { siftDown(last) }
        guard let element = elements[first.place].take() else {
            preconditionFailure("nothing is at place \(first.place)")
        }
        freePlaces.append(first.place)
        return (first.moment, element)
    }

    /// Moves the last key up to where it belongs.
    private mutating func siftUp(_ key: Key) {
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard key.precedes(heap[parent]) else { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = key
    }

    /// Puts the key in place of the first one and moves it down to where it belongs.
    private mutating func siftDown(_ key: Key) {
        var parent = 0
        while 2 * parent + 1 < heap.count {
            var child = 2 * parent + 1
            if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
            guard heap[child].precedes(key) else { break }
            heap[parent] = heap[child]
            parent = child
        }
        heap[parent] = key
    }
}
