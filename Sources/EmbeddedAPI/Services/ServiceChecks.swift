import JSON

/// What a Service gets once its fields are sound: families, addresses and ports, and then the
/// checks that look at more than one field.
@Sendable func completeService(_ service: inout JSONValue, _ preparation: inout Preparation) {
    // What was decided stays, and to decide it again would cost a look at all other Services.
    guard service["spec"] != preparation.old?["spec"] else {
        return checkStatus(service, &preparation.causes)
    }
    var spec = ServiceSpec(of: service)
    let old = preparation.old.map { ServiceSpec(of: $0) }
    spec.setFamilies(old: old)
    if spec.causes.all.isEmpty {
        let used = UsedByServices(preparation.siblings.values, except: service)
        spec.allocateClusterIPs(used)
        spec.allocateNodePorts(used)
        spec.check(old: old)
    }
    preparation.causes = spec.causes
    service["spec"] = spec.json
    if old == nil { service["status"] = nil }
    if old == nil || !spec.isLoadBalancer { service["status", "loadBalancer"] = [:] }
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
    fileprivate mutating func check(old: ServiceSpec?) {
        if ports.isEmpty, !isHeadless, needsClusterIP { causes.required("spec.ports") }
        if json["externalName"] == nil, !needsClusterIP { causes.required("spec.externalName") }
        if isHeadless, mayHaveNodePorts {
            causes.invalid(
                "spec.clusterIPs[0]", "None", "may not be set to 'None' for \(type) services")
        }
        for (name, problem) in foreignFields.sorted(by: { $0.key < $1.key })
        where json[name] != nil && !problem.isEmpty {
            // The real server calls the values of these invalid, and the other fields forbidden.
            if ["externalTrafficPolicy", "healthCheckNodePort"].contains(name) {
                refuse(name, problem)
            } else {
                causes.forbidden("spec.\(name)", problem)
            }
        }
        for index in ports.indices { checkPort(index) }
        if let old { checkUnchanged(since: old) }
    }

    /// One port among those before it.
    private mutating func checkPort(_ index: Int) {
        let (port, path) = (ports[index], "spec.ports[\(index)]")
        let others = ports[..<index].filter { $0["protocol"] == port["protocol"] }
        if let name = port["name"], ports[..<index].contains(where: { $0["name"] == name }) {
            causes.duplicate("\(path).name", name)
        }
        if port["name"] == nil, ports.count > 1 { causes.required("\(path).name") }
        if others.contains(where: { $0["port"] == port["port"] }) {
            causes.duplicate(
                path, ["protocol": port["protocol"] ?? "", "port": port["port"] ?? 0])
        }
        guard let nodePort = port["nodePort"] else { return }
        if others.contains(where: { $0["nodePort"] == nodePort }) {
            causes.duplicate("\(path).nodePort", nodePort)
        }
        if !mayHaveNodePorts {
            causes.forbidden("\(path).nodePort", "may not be used when `type` is '\(type)'")
        }
    }

    /// What stays once it is set: the class, the health port, the primary address and family.
    private mutating func checkUnchanged(since old: ServiceSpec) {
        let (health, oldHealth) = (json["healthCheckNodePort"], old.json["healthCheckNodePort"])
        let hasClass = isLoadBalancer && old.isLoadBalancer
        if hasClass, old.json["loadBalancerClass"] != json["loadBalancerClass"] {
            refuse("loadBalancerClass", "may not change once set")
        }
        if health != nil, oldHealth != nil, health != oldHealth {
            refuse("healthCheckNodePort", "field is immutable")
        }
        for (index, (was, now)) in zip(old.clusterIPs, clusterIPs).enumerated() where was != now {
            refuse("clusterIPs", at: "[\(index)]", "may not change once set")
        }
        let now = ipFamilies.first
        if !isHeadless, now != nil, ![nil, now].contains(old.ipFamilies.first) {
            refuse("ipFamilies", at: "[0]", "may not change once set")
        }
    }
}
