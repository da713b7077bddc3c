import Addressing

private let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]
private let protocols = ["SCTP", "TCP", "UDP"]
private let kubeletPort: Int64 = 10_250
private let onlyForLoadBalancer = "may only be used when `type` is 'LoadBalancer'"

extension ServiceSpec {
    /// The real server's rules for a Service, as far as users meet them.
    func check(old: ServiceSpec?, _ causes: inout FieldCauses) {
        causes.supported("spec.type", type, types)
        checkType(&causes)
        checkPorts(&causes)
        checkAffinityAndSelector(&causes)
        checkLoadBalancerFields(old: old, &causes)
        checkTrafficPolicies(old: old, &causes)
        checkAddresses(&causes)
        if let old { checkUnchanged(old, &causes) }
    }

    private func checkType(_ causes: inout FieldCauses) {
        if ports.isEmpty, !isHeadless, needsClusterIP { causes.required("spec.ports") }
        if isHeadless, ["LoadBalancer", "NodePort"].contains(type) {
            causes.invalid(
                "spec.clusterIPs[0]", "None", "may not be set to 'None' for \(type) services")
        }
        guard type == "ExternalName" else { return }
        if !clusterIP.isEmpty || !clusterIPs.isEmpty {
            causes.forbidden("spec.clusterIPs[0]", "may not be set for ExternalName services")
        }
        if ipFamilyPolicy != nil {
            causes.forbidden("spec.ipFamilyPolicy", "may not be set for ExternalName services")
        }
        if !ipFamilies.isEmpty {
            causes.forbidden("spec.ipFamilies", "may not be set for ExternalName services")
        }
        guard let name = json["externalName"]?.string else {
            return causes.required("spec.externalName")
        }
        let relative = name.hasSuffix(".") ? String(name.dropLast()) : name
        if let problem = dns1123SubdomainProblem(relative) {
            causes.invalid("spec.externalName", .string(name), problem)
        }
    }

    // MARK: Ports

    private func checkPorts(_ causes: inout FieldCauses) {
        var names: Set<String> = []
        var seen: Set<[JSONValue?]> = []
        var seenNodePorts: Set<[JSONValue?]> = []
        for (index, port) in ports.enumerated() {
            let path = "spec.ports[\(index)]"
            check(port, at: path, &causes)
            if let name = port["name"]?.string {
                if !names.insert(name).inserted {
                    causes.duplicate("\(path).name", .string(name))
                }
            } else if ports.count > 1 {
                causes.required("\(path).name")
            }
            if !seen.insert([port["protocol"], port["port"]]).inserted {
                let key: JSONValue = [
                    "protocol": port["protocol"] ?? "", "port": port["port"] ?? 0,
                ]
                causes.duplicate(path, key)
            }
            guard let nodePort = port["nodePort"] else { continue }
            if !seenNodePorts.insert([port["protocol"], nodePort]).inserted {
                causes.duplicate("\(path).nodePort", nodePort)
            }
            if !["NodePort", "LoadBalancer"].contains(type) {
                causes.forbidden(
                    "\(path).nodePort", "may not be used when `type` is '\(type)'")
            }
        }
    }

    private func check(_ port: JSONValue, at path: String, _ causes: inout FieldCauses) {
        if let name = port["name"]?.string, let problem = dns1123LabelProblem(name) {
            causes.invalid("\(path).name", .string(name), problem)
        }
        let number = port["port"]?.integer ?? 0
        checkNumber(number, at: "\(path).port", &causes)
        causes.supported("\(path).protocol", port["protocol"]?.string ?? "", protocols)
        switch port["targetPort"] {
        case .number(let text)?:
            checkNumber(Int64(text) ?? 0, at: "\(path).targetPort", &causes)
        case .string(let name)?:
            if let problem = portNameProblem(name) {
                causes.invalid("\(path).targetPort", .string(name), problem)
            }
        default: break
        }
        if let name = port["appProtocol"]?.string, let problem = qualifiedNameProblem(name) {
            causes.invalid("\(path).appProtocol", .string(name), problem)
        }
        if isLoadBalancer, number == kubeletPort {
            causes.invalid(
                path, JSONValue(number),
                "may not expose port \(kubeletPort) externally since it is used by kubelet")
        }
    }

    private func checkNumber(_ number: Int64, at path: String, _ causes: inout FieldCauses) {
        guard !(1...65_535).contains(number) else { return }
        causes.invalid(path, JSONValue(number), "must be between 1 and 65535, inclusive")
    }

    // MARK: Other fields

    private func checkAffinityAndSelector(_ causes: inout FieldCauses) {
        causes.supported(
            "spec.sessionAffinity", json["sessionAffinity"]?.string ?? "", ["ClientIP", "None"])
        let path = ["sessionAffinityConfig", "clientIP", "timeoutSeconds"]
        if let seconds = json.value(at: path), !(1...86_400).contains(seconds.integer ?? 0) {
            causes.invalid(
                "spec." + path.joined(separator: "."), seconds,
                "must be greater than 0 and less than 86400")
        }
        MetadataRules.check(labels: json["selector"], at: "spec.selector", &causes)
    }

    private func checkLoadBalancerFields(old: ServiceSpec?, _ causes: inout FieldCauses) {
        for field in [
            "allocateLoadBalancerNodePorts", "loadBalancerClass", "loadBalancerSourceRanges",
        ]
        where !isLoadBalancer && json[field] != nil {
            causes.forbidden("spec.\(field)", onlyForLoadBalancer)
        }
        guard isLoadBalancer else { return }
        if let name = json["loadBalancerClass"]?.string, let problem = qualifiedNameProblem(name) {
            causes.invalid("spec.loadBalancerClass", .string(name), problem)
        }
        if let old, old.isLoadBalancer,
            old.json["loadBalancerClass"] != json["loadBalancerClass"]
        {
            causes.invalid(
                "spec.loadBalancerClass", json["loadBalancerClass"] ?? .null,
                "may not change once set")
        }
        for (index, text) in (json["loadBalancerSourceRanges"]?.strings ?? []).enumerated()
        where (try? Prefix(trimmed(Substring(text)))) == nil {
            causes.invalid(
                "spec.loadBalancerSourceRanges[\(index)]", .string(text),
                "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")
        }
    }

    private func checkTrafficPolicies(old: ServiceSpec?, _ causes: inout FieldCauses) {
        let policies = ["Cluster", "Local"]
        if let policy = json["internalTrafficPolicy"]?.string {
            causes.supported("spec.internalTrafficPolicy", policy, policies)
        }
        if let policy = json["externalTrafficPolicy"]?.string {
            causes.supported("spec.externalTrafficPolicy", policy, policies)
            if !isExternal {
                causes.invalid(
                    "spec.externalTrafficPolicy", .string(policy),
                    "may only be set for externally-accessible services")
            }
        }
        guard let port = json["healthCheckNodePort"] else { return }
        if !needsHealthCheckNodePort {
            causes.invalid(
                "spec.healthCheckNodePort", port,
                "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is "
                    + "'Local'")
        } else if let old, old.needsHealthCheckNodePort, old.json["healthCheckNodePort"] != port {
            causes.invalid("spec.healthCheckNodePort", port, "field is immutable")
        } else if !ServiceRanges.nodePorts.contains(port.integer ?? 0) {
            causes.invalid(
                "spec.healthCheckNodePort", port, "provided port is not in the valid range")
        }
    }

    private func checkAddresses(_ causes: inout FieldCauses) {
        for (index, text) in (json["externalIPs"]?.strings ?? []).enumerated() {
            let path = "spec.externalIPs[\(index)]"
            guard let address = try? IPAddress(text) else {
                causes.invalid(
                    path, .string(text),
                    "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
                continue
            }
            if address.bits == 0 || text == "::1" || text.hasPrefix("127.")
                || text.hasPrefix("169.254.") || text.hasPrefix("224.0.0.")
            {
                causes.invalid(path, .string(text), "may not be in a special-purpose range")
            }
        }
    }

    // MARK: Updates

    /// The primary address and family stay once they are set.
    private func checkUnchanged(_ old: ServiceSpec, _ causes: inout FieldCauses) {
        guard needsClusterIP, old.needsClusterIP, !(isHeadless && old.isHeadless) else { return }
        for (index, (was, now)) in zip(old.clusterIPs, clusterIPs).enumerated() where was != now {
            causes.invalid(
                "spec.clusterIPs[\(index)]", JSONValue(clusterIPs), "may not change once set")
        }
        if clusterIPs.isEmpty, !old.clusterIPs.isEmpty {
            causes.invalid("spec.clusterIPs[0]", [], "primary clusterIP can not be unset")
        }
        guard !isHeadless, !old.isHeadless, let was = old.ipFamilies.first,
            let now = ipFamilies.first, was != now
        else { return }
        causes.invalid("spec.ipFamilies[0]", JSONValue(ipFamilies), "may not change once set")
    }
}
