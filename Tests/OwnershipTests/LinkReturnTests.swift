import Ownership
import Testing
import Timing

/// What became of the others while a node's only link was down (rule 11).
@Suite struct LinkReturnTests {
    /// Nothing is known of their silence, until they were heard or D has passed since it came up.
    @Test func whoDiedMeanwhileIsFoundDead() {
        var cluster = Cluster(count: 2, addresses: 4)
        cluster.start()
        cluster.setLink(0, running: false)
        cluster.run(milliseconds: 2_000)
        #expect(cluster.counts == [0, 4])
        cluster.kill(1)
        cluster.run(milliseconds: 2_000)
        cluster.setLink(0, running: true)
        cluster.run(milliseconds: 249)
        #expect(cluster.counts == [0, 0], "it listens")
        cluster.run(milliseconds: 500)
        #expect(cluster.counts == [4, 0])
    }

    /// It has no vote on those that it could not hear.
    @Test func whoLivesIsNotAccused() {
        var cluster = Cluster(count: 3, addresses: 6)
        cluster.start()
        cluster.setLink(0, running: false)
        cluster.run(milliseconds: 2_000)
        cluster.forget()
        cluster.setLink(0, running: true)
        cluster.run(milliseconds: 2_000)
        #expect(cluster.counts == [0, 3, 3])
        #expect(cluster.answering.isEmpty, "\(cluster.answering)")
        let accused = cluster.nodes[0].reports.filter { report in
            if case .memberChanged(let member) = report { member.state != .alive } else { false }
        }
        #expect(accused.isEmpty)
    }
}
