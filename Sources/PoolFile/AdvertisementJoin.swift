import Allocation
import YAML

/// Joins MetalLB's advertisements to its pools, by name and by selector.
struct AdvertisementJoin {
    private(set) var warnings: [(file: Int, error: YAMLError)] = []

    /// Gives each of MetalLB's pools the union of the advertisements that select it; one that
    /// names no interfaces or no nodes means all of them and wins.
    mutating func join(
        _ advertisements: [PlacedAdvertisement], to pools: inout [PlacedPool]
    ) {
        for index in pools.indices where pools[index].awaitsAdvertisement {
            let pool = pools[index]
            let found = advertisements.filter { $0.selects(pool) }
            pools[index].pool.announce = united(found.map(\.policy))
            if found.isEmpty {
                warn(
                    pool.file, pool.namePosition,
                    "no L2Advertisement selects pool \"\(pool.pool.name)\": its addresses are "
                        + "allocated and not announced")
            }
            warnOfMixing(found, pool)
        }
        let names = Set(pools.filter(\.awaitsAdvertisement).map(\.pool.name))
        for advertisement in advertisements {
            for (name, position) in advertisement.pools where !names.contains(name) {
                warn(advertisement.file, position, "there is no IPAddressPool \"\(name)\"")
            }
        }
    }

    private mutating func warn(_ file: Int, _ position: YAMLPosition, _ message: String) {
        warnings.append((file, YAMLError(position, message)))
    }

    private func united(_ policies: [AnnouncePolicy]) -> AnnouncePolicy {
        var union = AnnouncePolicy(isEnabled: !policies.isEmpty)
        if policies.allSatisfy({ !$0.interfaces.isEmpty }) {
            union.interfaces = distinct(policies.flatMap(\.interfaces))
        }
        if policies.allSatisfy({ !$0.nodeSelectors.isEmpty }) {
            union.nodeSelectors = distinct(policies.flatMap(\.nodeSelectors))
        }
        union.preferredNodes = policies.flatMap(\.preferredNodes)
        return union
    }

    private func distinct<Element: Hashable>(_ list: [Element]) -> [Element] {
        var seen: Set<Element> = []
        return list.filter { seen.insert($0).inserted }
    }

    /// MetalLB keeps each advertisement's interfaces to that advertisement's nodes; a Herald pool
    /// has one list of each.
    private mutating func warnOfMixing(_ found: [PlacedAdvertisement], _ pool: PlacedPool) {
        let interfaces = Set(found.map { Set($0.policy.interfaces) })
        let nodes = Set(found.map { Set($0.policy.nodeSelectors) })
        guard interfaces.count > 1, nodes.count > 1, let last = found.last else { return }
        warn(
            last.file, last.position,
            "the interfaces of the L2Advertisements of pool \"\(pool.pool.name)\" are united for "
                + "all their nodes: \(found.map(\.name).joined(separator: ", "))")
    }
}
