import Timing

// This node's incarnation, and others that go by its name (rule 2).
extension Ownership {
    /// Sightings within this time are counted together.
    static let namesakeWindow: Duration = .seconds(60)
    /// So many corrections within the window are a duplicate name, not a lost counter.
    static let namesakesMax = 3

    /// A higher incarnation is known for this node's name: its counter was lost, or another node
    /// goes by the name. Another host that is heard itself counts whatever its incarnation: both
    /// hosts must find out, and only one of them has the higher one.
    mutating func noteNamesake(_ seen: UInt32, isHeardItself: Bool, at now: Instant) {
        guard isHeardItself || seen >= incarnation else { return }
        namesakesSeen.removeAll { now - $0 >= Self.namesakeWindow }
        namesakesSeen.append(now)
        if namesakesSeen.count > Self.namesakesMax { namesakesSeen.removeFirst() }
        guard !isDuplicate else { return }
        if seen >= incarnation {
            incarnation = seen + (seen < .max ? 1 : 0)
            outbox.append(.saveIncarnation(incarnation))
        }
        isAllDirty = true
        owesHello = true
        guard namesakesSeen.count >= Self.namesakesMax else { return }
        isDuplicate = true
        outbox.append(.report(.duplicateName(true)))
        for slot in slots.owned { release(slot, cause: .withdrawn, at: now) }
    }

    /// A minute without a sighting ends it.
    mutating func endDuplicate(at now: Instant) {
        guard isDuplicate, let last = namesakesSeen.last, now - last >= Self.namesakeWindow else {
            return
        }
        isDuplicate = false
        namesakesSeen = []
        outbox.append(.report(.duplicateName(false)))
        isAllDirty = true
    }
}
