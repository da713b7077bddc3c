import Addressing
import Allocation
import Naming
import YAML

extension YAMLReader {
    /// The longest name that Kubernetes gives an object (RFC 1123 subdomain), in bytes.
    static let nameBytesMax = 253
    /// The longest name of a link in Linux (IFNAMSIZ without its end), in bytes.
    static let interfaceBytesMax = 15

    /// The pool's name, which must be one that Kubernetes would give an object.
    mutating func poolName(
        _ node: YAMLNode?, in document: YAMLNode
    ) -> (text: String, position: YAMLPosition)? {
        guard let node else {
            refuse(document.position, "the pool has no metadata.name")
            return nil
        }
        guard let name = text(node) else { return nil }
        guard dns1123SubdomainProblem(name) == nil else {
            refuse(
                node.position,
                "pool name \"\(name)\" must be lower-case letters, digits, \"-\" and \".\", at most "
                    + "\(Self.nameBytesMax)")
            return nil
        }
        return (name, node.position)
    }

    mutating func namespaces(_ node: YAMLNode?) -> [String] {
        distinctList(node, of: "namespace") { reader, node in
            guard let name = reader.text(node) else { return nil }
            if dns1123SubdomainProblem(name) == nil { return name }
            reader.refuse(node.position, "\"\(name)\" is no name of a namespace")
            return nil
        }
    }

    mutating func interfaces(_ node: YAMLNode?) -> [String] {
        distinctList(node, of: "interface") { reader, node in
            guard let name = reader.text(node) else { return nil }
            let isName =
                (1...Self.interfaceBytesMax).contains(name.utf8.count)
                && !name.contains { $0 == "/" || $0.isWhitespace }
            if isName { return name }
            reader.refuse(node.position, "\"\(name)\" is no name of an interface")
            return nil
        }
    }

    /// The ranges of a pool, at least one.
    mutating func placedRanges(
        _ node: YAMLNode?, in spec: YAMLNode
    ) -> [(range: AddressRange, text: String, position: YAMLPosition)] {
        guard let node else {
            refuse(spec.position, "the pool has no addresses")
            return []
        }
        if case .sequence(let nodes) = node.value, nodes.isEmpty {
            refuse(node.position, "the pool has no addresses")
        }
        return list(node) { reader, node in
            reader.range(node).map { ($0.range, $0.text, node.position) }
        }
    }

    /// An address, a prefix or a range, and its text.
    mutating func range(_ node: YAMLNode) -> (range: AddressRange, text: String)? {
        guard case .scalar(let text, _) = node.value, !node.isNull else {
            refuse(node.position, "\(node.sight) found where an address, prefix or range is wanted")
            return nil
        }
        do {
            return (try AddressRange(text), text)
        } catch {
            refuse(node.position, "\(error)")
            return nil
        }
    }

    /// What a pool leaves out; an entry that the pool does not have is a warning.
    mutating func excluded(_ node: YAMLNode?, of pool: Pool) -> [AddressRange] {
        list(node) { reader, node in
            guard let (range, text) = reader.range(node) else { return nil }
            if !pool.ranges.isEmpty, !pool.ranges.contains(where: { $0.overlaps(range) }) {
                reader.warn(
                    node.position, "exclude \(text) is in none of the addresses of the pool")
            }
            return range
        }
    }

    mutating func checkNotEmpty(_ pool: Pool, _ spec: YAMLNode) {
        guard !pool.ranges.isEmpty, !pool.hasAddresses else { return }
        refuse(
            spec.position,
            "pool \"\(pool.name)\" is empty: exclude and avoidBuggyIPs leave no address of "
                + pool.ranges.map(\.description).joined(separator: ", "))
    }
}
