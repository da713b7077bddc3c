import Addressing
import Naming

/// All pools in file order, and a hash of what they say.
package struct PoolSet: Hashable, Sendable {
    package let pools: [Pool]
    /// Equal on every node whose pools are equal, whatever the process: FNV-1a, 64 bits, over the
    /// pools' canonical text in order.
    package let contentHash: UInt64

    /// The pools have distinct names and do not overlap: the loader refuses other files.
    package init(_ pools: [Pool] = []) {
        self.pools = pools
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in pools.map(\.canonicalText).joined(separator: "\n").utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        contentHash = hash
    }

    /// The hash as 16 hexadecimal digits.
    package var contentHashText: String {
        let digits = String(contentHash, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

extension Pool {
    /// Every field in a fixed order and form; two pools are equal exactly when their texts are.
    ///
    /// Texts of users are quoted, so that none can imitate a separator.
    var canonicalText: String {
        let preferred = announce.preferredNodes.map { "\($0.weight)*\($0.selector.canonicalText)" }
        let fields: [String] = [
            name.quoted,
            ranges.map(\.description).list,
            excluded.map(\.description).list,
            "\(autoAssign) \(avoidsBuggyAddresses) \(priority) \(isDraining)",
            namespaces.map(\.quoted).list,
            namespaceSelectors.map(\.canonicalText).list,
            serviceSelectors.map(\.canonicalText).list,
            quotaPerNamespace.map(String.init) ?? "-",
            "\(reuseDelay.components) \(retain.components)",
            "\(announce.isEnabled) \(announce.mode.rawValue)",
            announce.interfaces.map(\.quoted).list,
            announce.nodeSelectors.map(\.canonicalText).list,
            preferred.list,
        ]
        return fields.joined(separator: ";")
    }
}

extension LabelSelector {
    fileprivate var canonicalText: String {
        let labels = matchLabels.sorted { $0.key < $1.key }
            .map { "\($0.key.quoted)=\($0.value.quoted)" }
        let expressions = matchExpressions.map { expression in
            "\(expression.key.quoted) \(expression.operator.rawValue) "
                + expression.values.map(\.quoted).list
        }
        return labels.list + expressions.list
    }
}

extension [String] {
    fileprivate var list: String { "[" + joined(separator: ",") + "]" }
}

extension String {
    fileprivate var quoted: String {
        "\"" + map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined() + "\""
    }
}
