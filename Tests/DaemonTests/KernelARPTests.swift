import Addressing
import Files
import Foundation
import Ownership
import Status
import Testing

@testable import Daemon

/// A kernel that has service addresses on another link and answers ARP for them by itself.
@Suite struct KernelARPTests {
    /// eth0, and kube-ipvs0 with the service's address.
    private static func story(holder: String) throws -> ReconcilerStory {
        var story = try ReconcilerStatusTests.allocated()
        var table = try ReconcilerStatusTests.links()
        let address = Link.InterfaceAddress(try IPAddress("192.0.2.16"), prefixLength: 32)
        if holder == "eth0" {
            table.links[0].interfaceAddresses.append(address)
        } else {
            table.links.append(
                Link(
                    index: 7, name: holder, address: .zero, isRunning: true,
                    interfaceAddresses: [address]))
        }
        story.send(.linksChanged(table))
        return story
    }

    private static let problem =
        "This node's kernel has 192.0.2.16 on kube-ipvs0 and answers ARP for it on eth0, whoever has "
        + "it: set net.ipv4.conf.all.arp_ignore=1 and net.ipv4.conf.all.arp_announce=2."

    @Test(
        arguments: [
            ("kube-ipvs0", 0, [problem]), ("kube-ipvs0", 1, []), ("kube-ipvs0", nil, []),
            ("eth0", 0, []),
        ] as [(String, Int?, [String])])
    func itIsNamedWhileItAnswers(holder: String, ignore: Int?, problems: [String]) throws {
        let story = try Self.story(holder: holder)
        let facts = SegmentFacts(arpIgnore: ignore.map { ["eth0": $0] } ?? [:])
        #expect(story.reconciler.status(at: story.now, facts).problems == problems)
        #expect(story.reconciler.linksOfARP.contains("eth0"))
    }

    @Test(
        arguments: [
            ("0", "0", 0), ("1", "0", 1), ("0", "2", 2), ("1", nil, nil), ("x", "0", nil),
        ] as [(String, String?, Int?)])
    func theHigherSettingHolds(all: String, own: String?, holds: Int?) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("herald-arp-\(getpid())-\(all)-\(own ?? "none")")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (link, text) in [("all", all), ("eth0", own)] {
            guard let text else { continue }
            let path = folder.appendingPathComponent("\(link)/arp_ignore").path
            try AtomicFile.makeFolder(of: path)
            try AtomicFile.write(Array("\(text)\n".utf8), to: path)
        }
        #expect(KernelARP.ignore(on: "eth0", in: folder.path) == holds)
    }
}
