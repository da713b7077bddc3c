import Addressing
import Timing

/// When addresses are due, soonest first; an entry that no longer holds is dropped when it is met.
///
/// A binary heap; equal instants by address, so that the order is the same in every process.
struct DeadlineQueue: Sendable {
    private var heap: [Entry] = []

    struct Entry: Hashable, Comparable, Sendable {
        let instant: Instant
        let address: IPAddress

        static func < (left: Entry, right: Entry) -> Bool {
            (left.instant, left.address) < (right.instant, right.address)
        }
    }

    var first: Entry? { heap.first }
    var count: Int { heap.count }

    mutating func insert(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst() {
        guard let last = heap.popLast(), !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { return }
            let right = left + 1
            let child = right < heap.count && heap[right] < heap[left] ? right : left
            guard heap[child] < heap[parent] else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}
