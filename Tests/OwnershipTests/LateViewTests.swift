import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

/// The API answers late: who the peers are, or what there is to hold, is not known from the start.
@Suite struct LateViewTests {
    @Test(arguments: [10, 100, 240, 260, 1_000])
    func peersThatAreKnownLateAreHeardFirst(late: Int64) {
        for isViewFirst in [false, true] {
            var cluster = Cluster(count: 4, addresses: 12)
            cluster.start()
            cluster.kill(3)
            cluster.run(milliseconds: 1_000)
            cluster.forget()
            cluster.restartUntold(3, incarnation: 2)
            cluster.run(milliseconds: late)
            if isViewFirst { cluster.send(.viewLoaded(cluster.facts, isFresh: true), to: 3) }
            cluster.tellPeers(3)
            cluster.send(.viewLoaded(cluster.facts, isFresh: true), to: 3)
            cluster.run(milliseconds: 2_000)
            #expect(cluster.answering == [], "\(late) \(isViewFirst)")
        }
    }

    @Test(arguments: [60, 140, 200, 240, 260, 400])
    func aViewThatComesLateTakesNothingThatIsOwned(late: Int64) {
        var cluster = Cluster(count: 4, addresses: 12)
        for node in 0..<3 { cluster.boot(node) }
        cluster.boot(3, withView: false)
        cluster.run(milliseconds: late)
        cluster.send(.viewLoaded(cluster.facts, isFresh: true), to: 3)
        cluster.run(milliseconds: 2_000)
        #expect(cluster.firstWithoutOneOwner == nil)
        #expect(!cluster.answering.contains { $0.contains("-") }, "\(late): \(cluster.answering)")
    }

    @Test(arguments: [60, 140, 200, 240, 260, 400])
    func aRestartedNodeWithALateViewTakesNothing(late: Int64) {
        var cluster = Cluster(count: 4, addresses: 12)
        cluster.start()
        cluster.kill(3)
        cluster.run(milliseconds: 1_000)
        cluster.forget()
        cluster.restart(3, incarnation: 2, withView: false)
        cluster.run(milliseconds: late)
        cluster.send(.viewLoaded(cluster.facts, isFresh: true), to: 3)
        cluster.run(milliseconds: 2_000)
        #expect(cluster.answering == [], "\(late)")
    }
}
