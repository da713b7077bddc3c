import Timing

/// When which slot is to be looked at again.
struct WakeList: Sendable {
    private struct Wake: Sendable {
        let due: Instant
        let slot: Int
    }

    /// Latest first, so that the next one is taken off the end.
    private var wakes: [Wake] = []

    var nextDue: Instant? { wakes.last?.due }

    mutating func add(_ slot: Int, at due: Instant) {
        var (low, high) = (0, wakes.count)
        while low < high {
            let middle = (low + high) / 2
            if wakes[middle].due > due { low = middle + 1 } else { high = middle }
        }
        if low < wakes.count, wakes[low].due == due, wakes[low].slot == slot { return }
        wakes.insert(Wake(due: due, slot: slot), at: low)
    }

    /// The slots whose time has come, earliest first.
    mutating func due(at now: Instant) -> [Int] {
        var slots: [Int] = []
        while let wake = wakes.last, wake.due <= now {
            slots.append(wake.slot)
            wakes.removeLast()
        }
        return slots
    }
}
