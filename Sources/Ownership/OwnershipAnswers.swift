import Addressing
import Timing

// What is answered and announced: a view of the claims, never kept beside them.
extension Ownership {
    mutating func publishAnswers() {
        guard areAnswersDirty else { return }
        areAnswersDirty = false
        let ready = segments.filter(\.isReady).map(\.link)
        var entries: [AnswerTable.Entry] = []
        for slot in slots.ordered
        where slots[slot].isAnsweredFor || slots[slot].lingersUntil != nil {
            let until = slots[slot].isAnsweredFor ? nil : slots[slot].lingersUntil
            let isAnsweredByKernel = slots[slot].facts?.isPutOnLinks ?? false
            for link in slots[slot].links where ready.contains(link) {
                entries.append(
                    .init(
                        link: link, address: slots[slot].address, until: until,
                        isAnsweredByKernel: isAnsweredByKernel,
                        isLocal: localAddresses.contains(slots[slot].address)))
            }
        }
        let answers = AnswerTable(entries)
        guard answers != published else { return }
        published = answers
        outbox.append(.publish(answers))
    }

    mutating func announce(at now: Instant) {
        for index in segments.indices where segments[index].isReady {
            let addresses = segments[index].schedule.due(at: now)
            guard !addresses.isEmpty else { continue }
            outbox.append(.announce(addresses, link: segments[index].link))
        }
    }

    /// Ends the leaving: everything was handed over, or nobody is there to come, or nobody came.
    mutating func finishLeaving(at now: Instant) {
        guard let since = leavingSince, !hasLeft else { return }
        let isDone = slots.ordered.allSatisfy {
            slots[$0].own == nil && slots[$0].lingersUntil == nil
        }
        guard isDone || !hasSuccessor || now >= since + Self.successorWaitMax else { return }
        for slot in slots.owned { release(slot, cause: .withdrawn, at: now) }
        for slot in slots.ordered { slots[slot].lingersUntil = nil }
        areAnswersDirty = true
        publishAnswers()
        sayGoodbye(at: now)
        hasLeft = true
        outbox.append(.finishedLeaving)
    }
}
