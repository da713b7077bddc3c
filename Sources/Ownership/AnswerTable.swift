import Addressing
import Timing
import Wire

/// The addresses that this node answers for, by link: what the responder reads.
package struct AnswerTable: Hashable, Sendable {
    /// Ascending by link, then address.
    package let entries: [Entry]
    /// The same by a hash of link and address: open addressing with linear probing, at most three
    /// quarters full, a power of two of places. Follows from `entries` alone.
    private let places: [Place]

    /// An entry as it is looked for: one access to memory, however many there are.
    fileprivate struct Place {
        var bits: UInt128 = 0
        /// Nanoseconds; the greatest value for an entry that does not end.
        var until: Int64 = 0
        var link: Int32 = 0
        /// Nil ends a search.
        var family: AddressFamily?
        var isAnsweredByKernel = false
        var isLocal = false
    }

    package struct Entry: Hashable, Comparable, Sendable {
        package let link: Int32
        package let address: IPAddress
        /// From then on it is not answered for, whether or not another table was published: what is
        /// lingered for ends though the segment loop stands still. Nil: it does not end by itself.
        package let until: Instant?
        /// The address is put on the link, so that the kernel answers (`mode: address`).
        package let isAnsweredByKernel: Bool
        /// The node has the address on some link, and not by Herald's doing: its kernel takes what is
        /// sent there, and answers pings. IPVS needs that.
        package let isLocal: Bool

        package init(
            link: Int32, address: IPAddress, until: Instant? = nil,
            isAnsweredByKernel: Bool = false, isLocal: Bool = false
        ) {
            self.link = link
            self.address = address
            self.until = until
            self.isAnsweredByKernel = isAnsweredByKernel
            self.isLocal = isLocal
        }

        package static func < (left: Entry, right: Entry) -> Bool {
            (left.link, left.address) < (right.link, right.address)
        }
    }

    package init(_ entries: [Entry]) {
        self.entries = entries.sorted()
        places = Self.places(of: self.entries)
    }

    package static let empty = AnswerTable([])

    package static func == (left: AnswerTable, right: AnswerTable) -> Bool {
        left.entries == right.entries
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(entries) }

    /// By the kernel or by the responder.
    package func answers(_ address: IPAddress, on link: Int32, at now: Instant) -> Bool {
        entry(of: address, on: link, at: now) != nil
    }

    /// What is now answered for. Takes as long for many entries as for one; allocates nothing.
    package func entry(of address: IPAddress, on link: Int32, at now: Instant) -> Entry? {
        guard !places.isEmpty else { return nil }
        let wanted = Place(address, on: link)
        var index = wanted.hash & (places.count - 1)
        while places[index].family != nil {
            let place = places[index]
            if place.isFor(wanted) { return place.entry(of: address, at: now) }
            index = (index + 1) & (places.count - 1)
        }
        return nil
    }

    private static func places(of entries: [Entry]) -> [Place] {
        guard !entries.isEmpty else { return [] }
        var count = 4
        while count * 3 < entries.count * 4 { count *= 2 }
        var places = [Place](repeating: Place(), count: count)
        for entry in entries {
            let place = Place(entry)
            var index = place.hash & (count - 1)
            while places[index].family != nil { index = (index + 1) & (count - 1) }
            places[index] = place
        }
        return places
    }
}

extension AnswerTable.Place {
    init(_ address: IPAddress, on link: Int32) {
        bits = address.bits
        self.link = link
        family = address.family
    }

    init(_ entry: AnswerTable.Entry) {
        self.init(entry.address, on: entry.link)
        until = entry.until?.nanoseconds ?? .max
        isAnsweredByKernel = entry.isAnsweredByKernel
        isLocal = entry.isLocal
    }

    /// Spreads all bits; nobody but the pool files says which addresses are entered.
    var hash: Int {
        let folded = UInt64(truncatingIfNeeded: bits ^ bits >> 64)
        return Int(
            truncatingIfNeeded: StableHash.mixed(folded ^ UInt64(UInt32(bitPattern: link)) << 32))
    }

    func isFor(_ wanted: Self) -> Bool {
        bits == wanted.bits && link == wanted.link && family == wanted.family
    }

    /// As it was entered; nil once it has ended.
    func entry(of address: IPAddress, at now: Instant) -> AnswerTable.Entry? {
        guard now.nanoseconds < until else { return nil }
        return AnswerTable.Entry(
            link: link, address: address,
            until: until == .max ? nil : Instant(nanoseconds: until),
            isAnsweredByKernel: isAnsweredByKernel, isLocal: isLocal)
    }
}
