import JSON

/// What a Service gets before its fields are checked, in the real server's order: defaults, then
/// what an update inherits from the object as it was.
@Sendable func setServiceDefaults(_ service: inout JSONValue, _ preparation: Preparation) {
    var spec = ServiceSpec(of: service)
    spec.setDefaults()
    let old = preparation.old.map { ServiceSpec(of: $0) }
    if let old {
        spec.inheritAllocations(from: old)
        spec.dropWhatTheTypeLost(since: old)
    }
    // Clients that know only the first one may change it alone.
    if spec.clusterIPs.isEmpty || spec.clusterIPs == old?.clusterIPs,
        spec.clusterIPs.first != spec.clusterIP
    {
        spec.clusterIPs = spec.clusterIP.isEmpty ? [] : [spec.clusterIP]
    }
    service["spec"] = spec.json
    let ingress = service["status", "loadBalancer", "ingress"]?.array?.map { entry in
        entry["ip"] == nil ? entry : entry.withDefaults(["ipMode": "VIP"])
    }
    service["status", "loadBalancer"] = ingress.map { ["ingress": .array($0)] } ?? [:]
}

extension ServiceSpec {
    /// v1's static defaults.
    fileprivate mutating func setDefaults() {
        json = json.withDefaults(["type": "ClusterIP", "sessionAffinity": "None"])
        if json["sessionAffinity"] == "ClientIP" {
            let affinity = json["sessionAffinityConfig", "clientIP"] ?? [:]
            json["sessionAffinityConfig", "clientIP"] =
                affinity.withDefaults(["timeoutSeconds": 10_800])
        } else {
            json["sessionAffinityConfig"] = nil
        }
        ports = ports.map { given in
            var port = given
            for field in ["targetPort", "nodePort"] where port[field] == 0 { port[field] = nil }
            return port.withDefaults(["protocol": "TCP", "targetPort": port["port"] ?? 0])
        }
        if isExternal { json = json.withDefaults(["externalTrafficPolicy": "Cluster"]) }
        if needsClusterIP { json = json.withDefaults(["internalTrafficPolicy": "Cluster"]) }
        if isLoadBalancer { json = json.withDefaults(["allocateLoadBalancerNodePorts": true]) }
        if json["healthCheckNodePort"] == 0 { json["healthCheckNodePort"] = nil }
    }

    /// An update that does not mention what was allocated keeps it.
    fileprivate mutating func inheritAllocations(from old: ServiceSpec) {
        if needsClusterIP, old.needsClusterIP {
            if clusterIP.isEmpty, clusterIPs.isEmpty || clusterIPs == old.clusterIPs {
                clusterIP = old.clusterIP
            }
            if clusterIPs.isEmpty, clusterIP == old.clusterIP { clusterIPs = old.clusterIPs }
        }
        if needsHealthCheck, let port = old.json["healthCheckNodePort"] {
            json = json.withDefaults(["healthCheckNodePort": port])
        }
        guard needsNodePorts, old.needsNodePorts else { return }
        var taken = nodePorts
        ports = ports.map { port in
            let same = old.ports.first {
                $0["port"] == port["port"] && $0["protocol"] == port["protocol"]
            }
            guard port["nodePort"] == nil, let kept = same?["nodePort"]?.integer,
                taken.insert(kept).inserted
            else { return port }
            return port.withDefaults(["nodePort": JSONValue(kept)])
        }
    }

    /// A user who changes the type alone need not clean up what only the old type had.
    fileprivate mutating func dropWhatTheTypeLost(since old: ServiceSpec) {
        if old.needsNodePorts, !needsNodePorts, nodePorts == old.nodePorts {
            for index in ports.indices { ports[index]["nodePort"] = nil }
        }
        let before = old.foreignFields
        for field in foreignFields.keys where before[field] == nil && json[field] == old.json[field]
        {
            json[field] = nil
        }
    }
}
