/// What is still to happen, in order of true time; at one moment in the order of scheduling.
package struct EventQueue<Element: Sendable>: Sendable {
    private struct Entry: Sendable {
        let moment: Moment
        let number: UInt64
        let element: Element

        func precedes(_ other: Entry) -> Bool {
            moment == other.moment ? number < other.number : moment < other.moment
        }
    }

    /// A binary heap: the children of `i` are `2i + 1` and `2i + 2`.
    private var heap: [Entry] = []
    private var scheduled: UInt64 = 0

    package init() {}

    package var count: Int { heap.count }
    package var nextMoment: Moment? { heap.first?.moment }

    package mutating func schedule(_ element: Element, at moment: Moment) {
        scheduled += 1
        heap.append(Entry(moment: moment, number: scheduled, element: element))
        siftUp(from: heap.count - 1)
    }

    /// The next element and its moment, removed from the queue.
    package mutating func popNext() -> (moment: Moment, element: Element)? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return (last.moment, last.element) }
        heap[0] = last
        siftDown(from: 0)
        return (first.moment, first.element)
    }

    private mutating func siftUp(from start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].precedes(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(from start: Int) {
        var parent = start
        while 2 * parent + 1 < heap.count {
            var child = 2 * parent + 1
            if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
            guard heap[child].precedes(heap[parent]) else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}
