import Addressing

/// The ranges that Services are served from.
enum ServiceRanges {
    static let clusterIPs = [
        "IPv4": Prefix(.ipv4(IPv4Address(10, 96, 0, 0)), length: 16),
        "IPv6": Prefix(.ipv6(IPv6Address(bits: 0xFD96 << 112)), length: 112),
    ]
    static let nodePorts: ClosedRange<Int64> = 30_000...32_767
    /// The prefix's own address and the first one, which is the API's by custom.
    static let reservedAddresses: UInt128 = 2
    /// Random picks before the range is searched from its start.
    static let randomTries = 32
}

extension ServiceSpec {
    mutating func allocateClusterIPs(_ used: UsedByServices, _ causes: inout FieldCauses) {
        guard needsClusterIP, !isHeadless else { return }
        var addresses = clusterIPs
        for (index, family) in ipFamilies.enumerated() {
            guard let range = ServiceRanges.clusterIPs[family] else { continue }
            guard index < addresses.count else {
                guard let free = freeAddress(in: range, used) else {
                    causes.invalid(
                        "spec.clusterIPs", JSONValue(addresses),
                        "failed to allocate IP: range \(range) is full")
                    return
                }
                addresses.append(free)
                continue
            }
            let text = addresses[index]
            let isInside = (try? IPAddress(text)).map(range.contains) ?? false
            let problem =
                !isInside
                ? "the provided IP (\(text)) is not in the valid range. The range of valid IPs is "
                    + "\(range)"
                : used.addresses.contains(text) ? "provided IP is already allocated" : nil
            if let problem {
                causes.invalid(
                    "spec.clusterIPs", JSONValue(clusterIPs),
                    "failed to allocate IP \(text): \(problem)")
            }
        }
        clusterIPs = addresses
        clusterIP = addresses.first ?? ""
    }

    /// A random free address, so that a new service seldom gets a deleted one's.
    private func freeAddress(in range: Prefix, _ used: UsedByServices) -> String? {
        let first = range.address.bits + ServiceRanges.reservedAddresses
        // The last IPv4 address would be a broadcast address elsewhere.
        let last = range.lastAddress.bits - 1
        func text(_ bits: UInt128) -> String {
            IPAddress(family: range.family, bits: bits).description
        }
        for _ in 0..<ServiceRanges.randomTries {
            let candidate = text(.random(in: first...last))
            if !used.addresses.contains(candidate) { return candidate }
        }
        return (first...last).lazy.map(text).first { !used.addresses.contains($0) }
    }

    mutating func allocateNodePorts(_ used: UsedByServices, _ causes: inout FieldCauses) {
        var taken = used.nodePorts
        // Given ports first, so that none of them is handed out.
        for (index, port) in ports.enumerated() {
            guard let number = port["nodePort"]?.integer else { continue }
            let path = "spec.ports[\(index)].nodePort"
            if !ServiceRanges.nodePorts.contains(number) {
                let range = ServiceRanges.nodePorts
                causes.invalid(
                    path, JSONValue(number),
                    "provided port is not in the valid range. The range of valid ports is "
                        + "\(range.lowerBound)-\(range.upperBound)")
            } else if used.nodePorts.contains(number) {
                causes.invalid(path, JSONValue(number), "provided port is already allocated")
            }
            taken.insert(number)
        }
        if needsHealthCheckNodePort, json["healthCheckNodePort"] == nil {
            json["healthCheckNodePort"] = freeNodePort(&taken).map { JSONValue($0) }
        }
        guard needsNodePorts else { return }
        for index in ports.indices where ports[index]["nodePort"] == nil {
            guard let free = sharedNodePort(index) ?? freeNodePort(&taken) else {
                let number = ports[index]["port"] ?? .null
                causes.invalid("spec.ports", number, "range of node ports is full")
                return
            }
            var port = ports[index]
            port["nodePort"] = JSONValue(free)
            ports[index] = port
        }
    }

    /// One number over TCP and UDP gets one node port.
    private func sharedNodePort(_ index: Int) -> Int64? {
        let port = ports[index]
        let others = ports.filter { $0["port"] == port["port"] && $0["nodePort"] != nil }
        let isSecond = others.contains { $0["protocol"] == port["protocol"] }
        return isSecond ? nil : others.first?["nodePort"]?.integer
    }

    private func freeNodePort(_ taken: inout Set<Int64>) -> Int64? {
        for _ in 0..<ServiceRanges.randomTries {
            let candidate = Int64.random(in: ServiceRanges.nodePorts)
            if taken.insert(candidate).inserted { return candidate }
        }
        guard let free = ServiceRanges.nodePorts.first(where: { !taken.contains($0) }) else {
            return nil
        }
        taken.insert(free)
        return free
    }
}
