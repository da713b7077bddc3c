private let singleStack = "SingleStack"

extension ServiceSpec {
    /// Decides `ipFamilyPolicy` and `ipFamilies`; IPv4 is the cluster's first family.
    mutating func setFamilies(old: ServiceSpec?, _ causes: inout FieldCauses) {
        guard needsClusterIP else { return }
        // Headless and without a selector: nobody can know the endpoints' families.
        let usual = isHeadless && json["selector"] == nil ? "RequireDualStack" : singleStack
        let policy = ipFamilyPolicy ?? old?.ipFamilyPolicy ?? usual
        json["ipFamilyPolicy"] = .string(policy)
        checkClusterIPs(&causes)
        guard causes.all.isEmpty else { return }
        if let old { followPolicyChange(to: policy, since: old, &causes) }
        if policy == singleStack { checkSingleStack(&causes) }
        if !isHeadless {
            ipFamilies += clusterIPs.dropFirst(ipFamilies.count).map(family)
        }
        if ipFamilies.isEmpty { ipFamilies = ["IPv4"] }
        if policy != singleStack, ipFamilies.count == 1 {
            ipFamilies.append(ipFamilies == ["IPv4"] ? "IPv6" : "IPv4")
        }
    }

    private mutating func followPolicyChange(
        to policy: String, since old: ServiceSpec, _ causes: inout FieldCauses
    ) {
        if policy == singleStack {
            // Asking for one family is clear intent: the second goes.
            if clusterIPs == old.clusterIPs { clusterIPs = Array(clusterIPs.prefix(1)) }
            if ipFamilies == old.ipFamilies { ipFamilies = Array(ipFamilies.prefix(1)) }
            return
        }
        for (now, was, what) in [
            (clusterIPs, old.clusterIPs, "cluster IP"), (ipFamilies, old.ipFamilies, "IP family"),
        ] where now.count == 1 && was.count == 2 && now.first == was.first {
            causes.invalid(
                "spec.ipFamilyPolicy", .string(policy),
                "must be 'SingleStack' to release the secondary \(what)")
        }
    }

    private func checkSingleStack(_ causes: inout FieldCauses) {
        for (count, what) in [
            (clusterIPs.count, "cluster IPs"), (ipFamilies.count, "IP families"),
        ] where count == 2 {
            causes.invalid(
                "spec.ipFamilyPolicy", .string(singleStack),
                "must be 'RequireDualStack' or 'PreferDualStack' when multiple \(what) are "
                    + "specified")
        }
    }

    /// What `clusterIP`, `clusterIPs` and `ipFamilies` may say together.
    private func checkClusterIPs(_ causes: inout FieldCauses) {
        let given = clusterIPs.map(family)
        let problem: String? =
            if clusterIP.isEmpty, !clusterIPs.isEmpty {
                "must be empty when `clusterIP` is not specified"
            } else if clusterIPs.first ?? "" != clusterIP {
                "first value must match `clusterIP`"
            } else if clusterIPs.contains("None"), clusterIPs.count > 1 {
                "'None' must be the first and only value"
            } else if clusterIPs.count > 2 {
                "may only hold up to 2 values"
            } else if Set(given).count < given.count {
                "may specify no more than one IP for each IP family"
            } else {
                nil
            }
        if let problem { causes.invalid("spec.clusterIPs", JSONValue(clusterIPs), problem) }
        for (index, family) in ipFamilies.enumerated() where ipFamilies[..<index].contains(family) {
            causes.duplicate("spec.ipFamilies[\(index)]", .string(family))
        }
        for (index, (found, wanted)) in zip(given, ipFamilies).enumerated()
        where found != wanted && !isHeadless {
            causes.invalid(
                "spec.clusterIPs[\(index)]", .string(clusterIPs[index]),
                "expected an \(wanted) value as indicated by `ipFamilies[\(index)]`")
        }
    }

    private func family(of text: String) -> String { text.contains(":") ? "IPv6" : "IPv4" }
}
