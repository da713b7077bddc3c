import Simulation
import Testing
import Timing

/// Queue, clock, network and distributions: the parts that the world is made of.
@Suite struct MechanismTests {
    @Test func theQueueKeepsTimeAndAtOneMomentTheOrderOfScheduling() {
        var queue = EventQueue<Int>()
        var generator = Generator(seed: 3)
        var expected: [(Int64, Int)] = []
        for number in 0..<1000 {
            let moment = generator.within(0...50)
            expected.append((moment, number))
            queue.schedule(number, at: Moment(nanoseconds: moment))
        }
        expected.sort { $0 < $1 }
        for (moment, number) in expected {
            let next = queue.popNext()
            #expect(next?.element == number && next?.moment.nanoseconds == moment)
        }
        #expect(queue.count == 0)
    }

    @Test func aDrawStaysInItsRangeAndReachesItsEnds() {
        var generator = Generator(seed: 4)
        let drawn = (0..<2000).map { _ in generator.within(-3...3) }
        #expect(Set(drawn) == Set(-3...3))
        let never = generator.chance(perMillion: 0)
        let always = generator.chance(perMillion: 1_000_000)
        let sample = generator.sample([1, 2, 3], count: 5)
        #expect(!never && always && Set(sample) == [1, 2, 3])
    }

    @Test(arguments: [-20_000, 0, 20_000])
    func aClockFindsTheMomentOfAReading(_ gain: Int64) {
        let origin = Instant(nanoseconds: 12_345)
        let clock = NodeClock(origin: origin, gainPerMillion: gain)
        for seconds in [1, 17, 3600] {
            let wanted = origin + .seconds(seconds)
            let moment = clock.moment(of: wanted)
            #expect(clock.read(at: moment) >= wanted)
            #expect(clock.read(at: moment.advanced(nanoseconds: -1)) < wanted)
        }
    }

    @Test func aClockThatStoodGoesOnFromThere() {
        var clock = NodeClock(origin: .zero, gainPerMillion: 20_000)
        clock.stand(at: .zero + .seconds(1))
        #expect(clock.read(at: .zero + .seconds(9)).nanoseconds == 1_020_000_000)
        clock.resume(at: .zero + .seconds(9))
        #expect(clock.read(at: .zero + .seconds(10)).nanoseconds == 2_040_000_000)
    }

    @Test func theEndOfOneCutDoesNotHealAnother() {
        var network = Network(stations: 2, links: 1, generator: Generator(seed: 1))
        network.cut(from: 0, to: 1, link: 0, true)
        network.cut(from: 0, to: 1, link: 0, true)
        network.cut(from: 0, to: 1, link: 0, false)
        #expect(!network.passes(.hello, from: 0, to: 1, link: 0))
        #expect(network.passes(.hello, from: 1, to: 0, link: 0))
        network.cut(from: 0, to: 1, link: 0, false)
        #expect(network.isConnected(0, 1, link: 0))
    }

    @Test func aFirewallDropsHellosAndLetsNeighbourTrafficPass() {
        var network = Network(stations: 2, links: 1, generator: Generator(seed: 1))
        network.cutHellos(from: 1, to: 0, true)
        #expect(!network.exchangesHellos(0, 1))
        #expect(network.isConnected(0, 1, link: 0))
    }

    @Test func lossAndDuplicationAreAsOftenAsAsked() {
        var network = Network(stations: 2, links: 1, generator: Generator(seed: 1))
        network.lossPerMillion = 100_000
        network.duplicatesPerMillion = 50_000
        let transits = (0..<10_000).map { _ in
            network.send(.hello, from: 0, to: 1, link: 0)
        }
        let lost = transits.filter { $0.first == nil }.count
        let twice = transits.filter { $0.second != nil }.count
        #expect((900...1100).contains(lost))
        #expect((370...530).contains(twice))
        let delays = transits.compactMap(\.first)
        #expect(delays.allSatisfy(Network.delay.contains))
        #expect(zip(delays, delays.dropFirst()).contains { $0 > $1 })
    }

    @Test func percentilesAreOfTheNearestRank() {
        var distribution = Distribution()
        for value in (1...100).reversed() { distribution.record(Int64(value)) }
        #expect(distribution.percentile(perThousand: 500) == 50)
        #expect(distribution.percentile(perThousand: 990) == 99)
        #expect(distribution.countsLine == "50 / 99 / 100 (100)")
        #expect(Distribution().countsLine == "none")
    }
}
