import Addressing
import Simulation
import Testing
import Timing

/// One cell of the table measured on a Linux client: does this form move this entry?
struct CacheCase: CustomTestStringConvertible {
    let form: NeighbourCache.Form
    let age: Duration
    let moves: Bool

    init(_ form: NeighbourCache.Form, age: Duration, moves: Bool) {
        self.form = form
        self.age = age
        self.moves = moves
    }

    var testDescription: String {
        "\(form) \(moves ? "moves" : "leaves") an entry \(age.milliseconds) ms old"
    }
}

@Suite struct NeighbourCacheTests {
    private let address = Names.address(0, bothFamilies: false)
    private let old = Names.linkAddress(station: 0, link: 0)
    private let new = Names.linkAddress(station: 1, link: 0)

    /// A client that resolved the address at one second and uses it all the time.
    private func resolved() -> NeighbourCache {
        var cache = NeighbourCache(generator: Generator(seed: 1))
        _ = cache.use(address, now: .zero + .seconds(1))
        cache.hear(.answer, of: address, at: old, now: .zero + .seconds(1))
        return cache
    }

    @Test(arguments: [
        CacheCase(.gratuitousRequest, age: .milliseconds(50), moves: true),
        CacheCase(.gratuitousReply, age: .milliseconds(50), moves: true),
        CacheCase(.reply, age: .milliseconds(900), moves: false),
        CacheCase(.reply, age: .milliseconds(1001), moves: true),
        CacheCase(.requestForAnother, age: .milliseconds(900), moves: false),
        CacheCase(.requestForAnother, age: .milliseconds(1001), moves: true),
        CacheCase(.answer, age: .milliseconds(900), moves: false),
        CacheCase(.answer, age: .milliseconds(1001), moves: true),
        CacheCase(.advertisement, age: .milliseconds(50), moves: true),
        CacheCase(.advertisementWithoutOverride, age: .seconds(2), moves: false),
        CacheCase(.advertisementWithoutLinkAddress, age: .seconds(2), moves: false),
    ])
    func movesAsMeasured(_ example: CacheCase) {
        var cache = resolved()
        let now = Moment.zero + .seconds(1) + example.age
        cache.hear(example.form, of: address, at: new, now: now)
        #expect(cache.linkAddress(for: address) == (example.moves ? new : old))
    }

    @Test(arguments: NeighbourCache.Form.allCases)
    func nothingMakesAnEntryThatNobodyAskedFor(_ form: NeighbourCache.Form) {
        var cache = NeighbourCache(generator: Generator(seed: 1))
        cache.hear(form, of: address, at: new, now: .zero)
        #expect(cache.entries.isEmpty)
    }

    @Test func aFailedEntryTakesARequestAndIgnoresAnAdvertisement() {
        for (form, moves) in [
            (NeighbourCache.Form.gratuitousRequest, true), (.advertisement, false),
        ] {
            var cache = NeighbourCache(generator: Generator(seed: 1))
            _ = cache.use(address, now: .zero)
            for second in 1...3 { _ = cache.turn(address, now: .zero + .seconds(second)) }
            #expect(cache.entries[address]?.state == .failed)
            cache.hear(form, of: address, at: new, now: .zero + .seconds(4))
            #expect((cache.linkAddress(for: address) == new) == moves)
        }
    }

    /// Reachable for 15 to 45 s, 5 s of delay, three unicast questions 1 s apart, failed, and only
    /// then a broadcast: the 19.5 s median (7 to 30) that was measured without announcements.
    @Test func anEntryThatNobodyConfirmsAges() {
        var cache = resolved()
        var questions: [NeighbourCache.Question] = []
        var now = Moment.zero + .seconds(1)
        while questions.last != .broadcast, let entry = cache.entries[address] {
            now = max(now, min(entry.deadline, now + .seconds(60)))
            if let question = cache.turn(address, now: now) { questions.append(question) }
            if let question = cache.use(address, now: now) { questions.append(question) }
        }
        #expect(questions == [.unicast(old), .unicast(old), .unicast(old), .broadcast])
        let passed = now - .zero - .seconds(1)
        #expect(passed >= .seconds(23) && passed <= .seconds(53))
    }

    /// An entry that was moved is verified by a unicast question 5 s later.
    @Test func aMovedEntryIsConfirmedByUnicast() {
        var cache = resolved()
        let moved = Moment.zero + .seconds(2)
        cache.hear(.gratuitousRequest, of: address, at: new, now: moved)
        #expect(cache.use(address, now: moved) == nil)
        #expect(cache.turn(address, now: moved + .seconds(5)) == .unicast(new))
        cache.hear(.answer, of: address, at: new, now: moved + .seconds(5))
        #expect(cache.entries[address]?.state == .reachable)
    }

    @Test func anAnnouncementThatChangesNothingDoesNotRenewTheLocktime() {
        var cache = resolved()
        let later = Moment.zero + .milliseconds(1500)
        cache.hear(.gratuitousRequest, of: address, at: old, now: later)
        #expect(cache.entries[address]?.updated == .zero + .seconds(1))
    }
}
