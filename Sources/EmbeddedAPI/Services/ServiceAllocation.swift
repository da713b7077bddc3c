import Addressing
import JSON

/// The ranges that Services are served from.
enum ServiceRanges {
    static let clusterIPs = [
        "IPv4": Prefix(.ipv4(IPv4Address(10, 96, 0, 0)), length: 16),
        "IPv6": Prefix(.ipv6(IPv6Address(bits: 0xFD96 << 112)), length: 112),
    ]
    static let nodePorts: ClosedRange<Int64> = 30_000...32_767
    /// The prefix's own address and the first one, which is the API's by custom.
    static let reservedAddresses: UInt128 = 2
}

/// What the cluster's other services hold.
struct UsedByServices {
    private(set) var addresses: Set<String> = []
    private(set) var nodePorts: Set<Int64> = []

    init(_ services: some Sequence<JSONValue>, except own: JSONValue) {
        for service in services where service["metadata", "uid"] != own["metadata", "uid"] {
            let spec = ServiceSpec(of: service)
            addresses.formUnion(spec.clusterIPs)
            nodePorts.formUnion(spec.nodePorts)
        }
    }

    /// Why an address that is asked for cannot be given, or nil.
    fileprivate func problem(with text: String, in range: Prefix) -> String? {
        if addresses.contains(text) { return "provided IP is already allocated" }
        if (try? IPAddress(text)).map(range.contains) == true { return nil }
        return "the provided IP (\(text)) is not in the valid range. The range of valid IPs is "
            + "\(range)"
    }

    /// The next free address from a random one on, so that a new service seldom gets a deleted
    /// one's.
    fileprivate func freeAddress(in range: Prefix) -> String? {
        let first = range.address.bits + ServiceRanges.reservedAddresses
        // The last IPv4 address would be a broadcast address elsewhere.
        let last = range.lastAddress.bits - 1
        let start = UInt128.random(in: first...last)
        return [start...last, first...start].joined().lazy
            .map { IPAddress(family: range.family, bits: $0).description }
            .first { !addresses.contains($0) }
    }
}

extension ServiceSpec {
    /// Checks the addresses that are asked for and adds those that are missing, one per family.
    mutating func allocateClusterIPs(_ used: UsedByServices) {
        guard needsClusterIP, !isHeadless else { return }
        for (index, family) in ipFamilies.enumerated() {
            guard let range = ServiceRanges.clusterIPs[family] else { continue }
            if index < clusterIPs.count {
                guard let problem = used.problem(with: clusterIPs[index], in: range) else {
                    continue
                }
                refuse("clusterIPs", "failed to allocate IP \(clusterIPs[index]): \(problem)")
            } else if let free = used.freeAddress(in: range) {
                clusterIPs.append(free)
            } else {
                refuse("clusterIPs", "failed to allocate IP: range \(range) is full")
            }
        }
        clusterIP = clusterIPs.first ?? ""
    }

    /// Checks the node ports that are asked for and adds those that are missing.
    mutating func allocateNodePorts(_ used: UsedByServices) {
        let taken = used.nodePorts.union(nodePorts)
        var free = ServiceRanges.nodePorts.filter { !taken.contains($0) }.shuffled()
        if needsHealthCheck, json["healthCheckNodePort"] == nil {
            json["healthCheckNodePort"] = free.popLast().map { JSONValue($0) }
        }
        for index in ports.indices {
            if let given = ports[index]["nodePort"]?.integer {
                guard used.nodePorts.contains(given) else { continue }
                causes.invalid(
                    "spec.ports[\(index)].nodePort", JSONValue(given),
                    "provided port is already allocated")
            } else if needsNodePorts {
                guard let port = free.popLast() else {
                    let port = ports[index]["port"] ?? .null
                    return causes.invalid("spec.ports", port, "range of node ports is full")
                }
                ports[index]["nodePort"] = JSONValue(port)
            }
        }
    }
}
