import Addressing

/// Everything that happens to a Service before it is stored, in the real server's order: defaults,
/// what an update inherits, families, addresses and ports, and only then the checks.
func prepareService(_ service: inout JSONValue, _ preparation: inout Preparation) {
    if preparation.isStatus {
        setStatusDefaults(&service)
        checkServiceStatus(service, &preparation.causes)
        return
    }
    var spec = ServiceSpec(of: service)
    let old = preparation.old.map { ServiceSpec(of: $0) }
    spec.setDefaults()
    if let old {
        spec.inheritAllocations(from: old)
        spec.dropWhatTheTypeLost(since: old)
    }
    spec.alignClusterIPs(with: old)
    let before = preparation.causes.all.count
    spec.setFamilies(old: old, &preparation.causes)
    if preparation.causes.all.count == before {
        let used = UsedByServices(preparation.siblings.values, except: service)
        spec.allocateClusterIPs(used, &preparation.causes)
        spec.allocateNodePorts(used, &preparation.causes)
        spec.check(old: old, &preparation.causes)
    }
    service["spec"] = spec.json
    if preparation.old == nil { service["status"] = [:] }
    if service["status", "loadBalancer"] == nil || !spec.isLoadBalancer {
        service["status", "loadBalancer"] = [:]
    }
}

/// What the cluster's other services hold.
struct UsedByServices {
    private(set) var addresses: Set<String> = []
    private(set) var nodePorts: Set<Int64> = []

    init(_ services: some Sequence<JSONValue>, except own: JSONValue) {
        let uid = own["metadata", "uid"]
        for service in services where service["metadata", "uid"] != uid {
            let spec = ServiceSpec(of: service)
            addresses.formUnion(spec.clusterIPs)
            nodePorts.formUnion(spec.nodePorts)
            if let port = spec.json["healthCheckNodePort"]?.integer { nodePorts.insert(port) }
        }
    }
}

extension ServiceSpec {
    /// v1's static defaults.
    mutating func setDefaults() {
        if json["type"] == nil { json["type"] = "ClusterIP" }
        if json["sessionAffinity"] == nil { json["sessionAffinity"] = "None" }
        if json["sessionAffinity"] == "None" { json["sessionAffinityConfig"] = nil }
        if json["sessionAffinity"] == "ClientIP",
            json["sessionAffinityConfig", "clientIP", "timeoutSeconds"] == nil
        {
            json["sessionAffinityConfig", "clientIP", "timeoutSeconds"] = 10_800
        }
        ports = ports.map { port in
            var port = port
            if port["protocol"] == nil { port["protocol"] = "TCP" }
            if [nil, 0, ""].contains(port["targetPort"]) { port["targetPort"] = port["port"] }
            if port["nodePort"] == 0 { port["nodePort"] = nil }
            return port
        }
        if isExternal, json["externalTrafficPolicy"] == nil {
            json["externalTrafficPolicy"] = "Cluster"
        }
        if needsClusterIP, json["internalTrafficPolicy"] == nil {
            json["internalTrafficPolicy"] = "Cluster"
        }
        if isLoadBalancer, json["allocateLoadBalancerNodePorts"] == nil {
            json["allocateLoadBalancerNodePorts"] = true
        }
        if json["healthCheckNodePort"] == 0 { json["healthCheckNodePort"] = nil }
    }

    /// An update that does not mention what was allocated keeps it.
    mutating func inheritAllocations(from old: ServiceSpec) {
        if needsClusterIP, old.needsClusterIP {
            if clusterIP.isEmpty, clusterIPs.isEmpty || clusterIPs == old.clusterIPs {
                clusterIP = old.clusterIP
            }
            if clusterIPs.isEmpty, clusterIP == old.clusterIP { clusterIPs = old.clusterIPs }
        }
        if needsNodePorts, old.needsNodePorts {
            var taken = nodePorts
            ports = ports.map { port in
                let same = old.ports.first {
                    $0["port"] == port["port"] && $0["protocol"] == port["protocol"]
                }
                guard port["nodePort"] == nil, let kept = same?["nodePort"]?.integer,
                    taken.insert(kept).inserted
                else { return port }
                var port = port
                port["nodePort"] = JSONValue(kept)
                return port
            }
        }
        if needsHealthCheckNodePort, old.needsHealthCheckNodePort,
            json["healthCheckNodePort"] == nil
        {
            json["healthCheckNodePort"] = old.json["healthCheckNodePort"]
        }
    }

    /// A user who changes the type alone need not clean up what only the old type had.
    mutating func dropWhatTheTypeLost(since old: ServiceSpec) {
        func drop(_ fields: String..., if isLost: Bool) {
            guard isLost else { return }
            for field in fields where json[field] == old.json[field] { json[field] = nil }
        }
        drop(
            "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy",
            if: old.needsClusterIP && !needsClusterIP)
        drop("healthCheckNodePort", if: old.needsHealthCheckNodePort && !needsHealthCheckNodePort)
        drop(
            "allocateLoadBalancerNodePorts", "loadBalancerClass",
            if: old.isLoadBalancer && !isLoadBalancer)
        drop("externalTrafficPolicy", if: old.isExternal && !isExternal)
        if old.needsNodePorts, !needsNodePorts, nodePorts == old.nodePorts {
            ports = ports.map { port in
                var port = port
                port["nodePort"] = nil
                return port
            }
        }
    }

    /// Keeps `clusterIP` and `clusterIPs` telling the same for clients that know only the first.
    mutating func alignClusterIPs(with old: ServiceSpec?) {
        if clusterIPs.isEmpty, !clusterIP.isEmpty { clusterIPs = [clusterIP] }
        guard let old, clusterIPs == old.clusterIPs, clusterIP != old.clusterIP else { return }
        clusterIPs = clusterIP.isEmpty ? [] : [clusterIP]
    }
}

private func setStatusDefaults(_ service: inout JSONValue) {
    if service["status", "loadBalancer"] == nil { service["status", "loadBalancer"] = [:] }
    guard let ingress = service["status", "loadBalancer", "ingress"]?.array else { return }
    service["status", "loadBalancer", "ingress"] = .array(
        ingress.map { entry in
            guard entry["ip"] != nil, entry["ipMode"] == nil else { return entry }
            var entry = entry
            entry["ipMode"] = "VIP"
            return entry
        })
}

private func checkServiceStatus(_ service: JSONValue, _ causes: inout FieldCauses) {
    let path = "status.loadBalancer.ingress"
    let ingress = service["status", "loadBalancer", "ingress"]?.array ?? []
    if !ingress.isEmpty, !ServiceSpec(of: service).isLoadBalancer {
        causes.forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")
    }
    for (index, entry) in ingress.enumerated() {
        let at = "\(path)[\(index)]"
        if let text = entry["ip"]?.string, (try? IPAddress(text)) == nil {
            causes.invalid(
                "\(at).ip", .string(text),
                "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
        }
        if let mode = entry["ipMode"]?.string {
            causes.supported("\(at).ipMode", mode, ["Proxy", "VIP"])
            if entry["ip"] == nil {
                causes.forbidden("\(at).ipMode", "may not be specified when `ip` is not set")
            }
        }
        if let name = entry["hostname"]?.string {
            if let problem = dns1123SubdomainProblem(name) {
                causes.invalid("\(at).hostname", .string(name), problem)
            }
            if (try? IPAddress(name)) != nil {
                causes.invalid(
                    "\(at).hostname", .string(name), "must be a DNS name, not an IP address")
            }
        }
    }
}
