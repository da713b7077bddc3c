private let kubeletPort: Int64 = 10_250

/// What a Service gets once its fields are sound: families, addresses and ports, and then the
/// checks that look at more than one field.
@Sendable func completeService(_ service: inout JSONValue, _ preparation: inout Preparation) {
    if preparation.isStatus { return checkStatus(service, &preparation.causes) }
    var spec = ServiceSpec(of: service)
    let old = preparation.old.map { ServiceSpec(of: $0) }
    spec.setFamilies(old: old, &preparation.causes)
    guard preparation.causes.all.isEmpty else { return }
    let used = UsedByServices(preparation.siblings.values, except: service)
    spec.allocateClusterIPs(used, &preparation.causes)
    spec.allocateNodePorts(used, &preparation.causes)
    spec.check(old: old, &preparation.causes)
    service["spec"] = spec.json
    if preparation.old == nil { service["status"] = [:] }
    if preparation.old == nil || !spec.isLoadBalancer { service["status", "loadBalancer"] = [:] }
}

private func checkStatus(_ service: JSONValue, _ causes: inout FieldCauses) {
    let path = "status.loadBalancer.ingress"
    let ingress = service["status", "loadBalancer", "ingress"]?.array ?? []
    if !ingress.isEmpty, !ServiceSpec(of: service).isLoadBalancer {
        causes.forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")
    }
    for (index, entry) in ingress.enumerated() where entry["ipMode"] != nil && entry["ip"] == nil {
        causes.forbidden("\(path)[\(index)].ipMode", "may not be specified when `ip` is not set")
    }
}

extension ServiceSpec {
    /// The real server's rules for a Service, as far as users meet them.
    fileprivate func check(old: ServiceSpec?, _ causes: inout FieldCauses) {
        checkFieldsOfType(&causes)
        checkPorts(&causes)
        if let old { checkUnchanged(old, &causes) }
    }

    /// Fields that the type wants, or has no use for.
    private func checkFieldsOfType(_ causes: inout FieldCauses) {
        if ports.isEmpty, !isHeadless, needsClusterIP { causes.required("spec.ports") }
        if isHeadless, mayHaveNodePorts {
            causes.invalid(
                "spec.clusterIPs[0]", "None", "may not be set to 'None' for \(type) services")
        }
        if !needsClusterIP {
            if json["externalName"] == nil { causes.required("spec.externalName") }
            for (field, path) in [
                ("clusterIPs", "clusterIPs[0]"), ("ipFamilyPolicy", "ipFamilyPolicy"),
                ("ipFamilies", "ipFamilies"),
            ] where json[field] != nil {
                causes.forbidden("spec.\(path)", "may not be set for ExternalName services")
            }
        }
        for field in [
            "allocateLoadBalancerNodePorts", "loadBalancerClass", "loadBalancerSourceRanges",
        ] where !isLoadBalancer && json[field] != nil {
            causes.forbidden("spec.\(field)", "may only be used when `type` is 'LoadBalancer'")
        }
        if let policy = json["externalTrafficPolicy"], !isExternal {
            causes.invalid(
                "spec.externalTrafficPolicy", policy,
                "may only be set for externally-accessible services")
        }
        if let port = json["healthCheckNodePort"], !needsHealthCheckNodePort {
            causes.invalid(
                "spec.healthCheckNodePort", port,
                "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is "
                    + "'Local'")
        }
    }

    private func checkPorts(_ causes: inout FieldCauses) {
        for (index, port) in ports.enumerated() {
            let path = "spec.ports[\(index)]"
            let before = ports[..<index]
            if port["name"] == nil, ports.count > 1 { causes.required("\(path).name") }
            if let name = port["name"], before.contains(where: { $0["name"] == name }) {
                causes.duplicate("\(path).name", name)
            }
            let others = before.filter { $0["protocol"] == port["protocol"] }
            if others.contains(where: { $0["port"] == port["port"] }) {
                causes.duplicate(
                    path, ["protocol": port["protocol"] ?? "", "port": port["port"] ?? 0])
            }
            if isLoadBalancer, port["port"]?.integer == kubeletPort {
                causes.invalid(
                    path, JSONValue(kubeletPort),
                    "may not expose port \(kubeletPort) externally since it is used by kubelet")
            }
            guard let nodePort = port["nodePort"] else { continue }
            if others.contains(where: { $0["nodePort"] == nodePort }) {
                causes.duplicate("\(path).nodePort", nodePort)
            }
            if !mayHaveNodePorts {
                causes.forbidden(
                    "\(path).nodePort", "may not be used when `type` is '\(type)'")
            }
        }
    }

    /// What stays once it is set: the primary address and family, the class, the health port.
    private func checkUnchanged(_ old: ServiceSpec, _ causes: inout FieldCauses) {
        if isLoadBalancer, old.isLoadBalancer,
            old.json["loadBalancerClass"] != json["loadBalancerClass"]
        {
            causes.invalid(
                "spec.loadBalancerClass", json["loadBalancerClass"] ?? .null,
                "may not change once set")
        }
        if let port = json["healthCheckNodePort"], let was = old.json["healthCheckNodePort"],
            port != was
        {
            causes.invalid("spec.healthCheckNodePort", port, "field is immutable")
        }
        guard needsClusterIP, old.needsClusterIP, !(isHeadless && old.isHeadless) else { return }
        for (index, (was, now)) in zip(old.clusterIPs, clusterIPs).enumerated() where was != now {
            causes.invalid(
                "spec.clusterIPs[\(index)]", JSONValue(clusterIPs), "may not change once set")
        }
        if let was = old.ipFamilies.first, let now = ipFamilies.first, was != now {
            causes.invalid("spec.ipFamilies[0]", JSONValue(ipFamilies), "may not change once set")
        }
    }
}
