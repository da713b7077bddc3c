import Addressing
import Allocation
import Foundation
import Kubernetes
import Ownership
import ServiceLifecycle
import Testing
import Timing

@testable import Daemon
@testable import PoolFile

/// What a daemon keeps of thousands of objects, and what it does not.
@Suite struct KeptTests {
    typealias Story = ReconcilerStory

    private static func slice(
        named name: String = "web-1", of service: String = "web", type: String = "IPv4",
        _ endpoints: [(node: String, ready: Bool?, serving: Bool?)]
    ) -> EndpointSlice {
        EndpointSlice(
            metadata: ObjectMeta(
                name: name, namespace: "default",
                labels: [EndpointSlice.serviceNameLabel: service], resourceVersion: "7"),
            addressType: type,
            endpoints: endpoints.map { node, ready, serving in
                Endpoint(
                    addresses: ["10.244.0.5"],
                    conditions: EndpointConditions(ready: ready, serving: serving),
                    nodeName: node)
            })
    }

    @Test func ofASliceIsKeptWhoTakesTraffic() {
        let rows:
            [(
                endpoints: [(node: String, ready: Bool?, serving: Bool?)], hasEndpoint: Bool,
                nodes: [String]
            )] = [
                ([], false, []),
                ([("n1", false, false)], false, []),
                ([("n1", false, nil)], false, []),
                ([("n1", nil, nil)], true, ["n1"]),
                ([("n1", false, true)], true, ["n1"]),
                ([("n2", true, true), ("n1", true, nil), ("n2", true, nil)], true, ["n1", "n2"]),
                ([("n3", false, false), ("n1", true, true)], true, ["n1"]),
                ([("", true, true)], true, []),
            ]
        for row in rows {
            let kept = SliceFacts(keeping: Self.slice(row.endpoints))
            #expect(kept.hasEndpoint == row.hasEndpoint, "\(row)")
            #expect(kept.nodes == row.nodes, "\(row)")
            #expect(kept.service == NamespacedName(namespace: "default", name: "web"))
        }
    }

    /// What concerns nobody is no change: another version, another pod on the same node.
    @Test func aSliceThatTellsNothingNewChangesNothing() throws {
        var view = ClusterView()
        let web = NamespacedName(namespace: "default", name: "web")
        #expect(view.applySlices(.snapshot([Self.slice([("n1", true, true)])])) == [web])
        var same = Self.slice([("n1", true, true), ("n1", true, nil)])
        same.metadata.resourceVersion = "8"
        #expect(view.applySlices(.changed(same)).isEmpty)
        #expect(view.applySlices(.changed(Self.slice([("n2", true, true)]))) == [web])
    }

    /// The index by Service follows slices that come, change sides and go, one by one or by list.
    @Test func slicesAreFoundByTheirService() throws {
        var view = ClusterView()
        let (web, shop) = ("web", "shop")
        func nodes(_ service: String) -> [String] {
            view.slices(of: NamespacedName(namespace: "default", name: service))
                .flatMap(\.nodes).sorted()
        }
        func names(_ services: Set<NamespacedName>) -> [String] { services.map(\.name).sorted() }
        let first = Self.slice(named: "s1", of: web, [("n1", true, true)])
        let second = Self.slice(named: "s2", of: web, [("n2", true, true)])
        #expect(names(view.applySlices(.snapshot([first, second]))) == [web])
        #expect(nodes(web) == ["n1", "n2"])
        let moved = Self.slice(named: "s2", of: shop, [("n2", true, true)])
        #expect(names(view.applySlices(.changed(moved))) == [shop, web])
        #expect(nodes(web) == ["n1"] && nodes(shop) == ["n2"])
        #expect(names(view.applySlices(.removed(first))) == [web])
        #expect(nodes(web).isEmpty)
        // Listed anew: the slice of shop is gone, web has one again.
        #expect(names(view.applySlices(.snapshot([first]))) == [shop, web])
        #expect(nodes(web) == ["n1"] && nodes(shop).isEmpty)
        #expect(view.applySlices(.snapshot([first])).isEmpty)
    }

    /// Thousands of addresses that the same nodes may hold keep one list of these nodes.
    @Test func addressesOfTheSameNodesShareTheirList() throws {
        var book = AddressBook()
        let addresses = try (1...3).map { try IPAddress("192.0.2.\($0)") }
        for address in addresses {
            book.show([address], by: NamespacedName(namespace: "default", name: "\(address)"))
        }
        _ = book.update { address, _ in
            AddressFacts(
                address, eligibility: .nodes((1...9).map { "n\($0)" }), preferences: ["n1": 5])
        }
        let places = try addresses.map { address in
            guard case .nodes(let nodes) = try #require(book.facts[address]).eligibility else {
                return UnsafePointer<String>?.none
            }
            return nodes.withUnsafeBufferPointer { $0.baseAddress }
        }
        #expect(Set(places).count == 1 && places[0] != nil)
    }

    /// An address that two Services share is of both, in the order of their names, until one gives
    /// it up.
    @Test func holdersOfAnAddressAreSorted() throws {
        var book = AddressBook()
        let address = try IPAddress("192.0.2.16")
        let (one, two) = (
            NamespacedName(namespace: "a", name: "two"), NamespacedName(namespace: "b", name: "one")
        )
        book.show([address], by: two)
        book.show([address], by: one)
        book.show([address], by: two)
        #expect(book.services(holding: address) == [one, two])
        book.show(nil, by: one)
        #expect(book.services(holding: address) == [two])
        book.show([], by: two)
        #expect(book.services(holding: address).isEmpty && book.holders.isEmpty)
    }

    @Test func whatIsHandedOverIsTakenOnce() {
        let handed = HandedOver("view")
        #expect(handed.take() == "view")
        #expect(handed.take() == nil)
        #expect(HandedOver<String>(nil).take() == nil)
    }

    private struct Large: ServiceLifecycle.Service {
        let addresses = (0..<5_000).map { "192.0.2.\($0)" }
        func run() async throws { throw CancellationError() }
    }

    /// A service group keeps the text of each service.
    @Test func aServiceIsNotDescribedByWhatItHolds() async {
        let named = NamedService(Large())
        #expect("\(named)" == "Large")
        await #expect(throws: CancellationError.self) { try await named.run() }
    }
}
