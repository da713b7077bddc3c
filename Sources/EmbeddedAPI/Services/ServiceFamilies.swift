import Addressing

private let families = ["IPv4", "IPv6"]
private let singleStack = "SingleStack"
private let policies = ["PreferDualStack", "RequireDualStack", singleStack]

extension ServiceSpec {
    /// Decides `ipFamilyPolicy` and `ipFamilies`; IPv4 is the cluster's first family.
    mutating func setFamilies(old: ServiceSpec?, _ causes: inout FieldCauses) {
        guard needsClusterIP else { return }
        if ipFamilyPolicy == nil { ipFamilyPolicy = old?.ipFamilyPolicy ?? defaultPolicy }
        let before = causes.all.count
        checkClusterIPFields(&causes)
        guard causes.all.count == before else { return }
        if let old { followPolicyChange(since: old, &causes) }
        if ipFamilyPolicy == singleStack {
            for (count, what) in [
                (clusterIPs.count, "cluster IPs"), (ipFamilies.count, "IP families"),
            ] where count == 2 {
                causes.invalid(
                    "spec.ipFamilyPolicy", .string(singleStack),
                    "must be 'RequireDualStack' or 'PreferDualStack' when multiple \(what) are "
                        + "specified")
            }
        }
        guard causes.all.count == before else { return }
        if !isHeadless {
            for address in clusterIPs.dropFirst(ipFamilies.count) {
                ipFamilies.append(family(of: address))
            }
        }
        if ipFamilies.isEmpty { ipFamilies = [families[0]] }
        if ipFamilyPolicy != singleStack, ipFamilies.count == 1 {
            ipFamilies.append(ipFamilies[0] == "IPv4" ? "IPv6" : "IPv4")
        }
    }

    /// Headless and without a selector: nobody can know the endpoints' families.
    private var defaultPolicy: String {
        isHeadless && !hasSelector ? "RequireDualStack" : singleStack
    }

    private mutating func followPolicyChange(
        since old: ServiceSpec, _ causes: inout FieldCauses
    ) {
        if ipFamilyPolicy == singleStack {
            // Asking for one family is clear intent: the second goes.
            if clusterIPs == old.clusterIPs { clusterIPs = Array(clusterIPs.prefix(1)) }
            if ipFamilies == old.ipFamilies { ipFamilies = Array(ipFamilies.prefix(1)) }
            return
        }
        let policy = JSONValue.string(ipFamilyPolicy ?? "")
        for (now, was, what) in [
            (clusterIPs, old.clusterIPs, "cluster IP"), (ipFamilies, old.ipFamilies, "IP family"),
        ] where now.count == 1 && was.count == 2 && now.first == was.first {
            causes.invalid(
                "spec.ipFamilyPolicy", policy,
                "must be 'SingleStack' to release the secondary \(what)")
        }
    }

    /// What `clusterIP`, `clusterIPs`, `ipFamilies` and `ipFamilyPolicy` may say together.
    private func checkClusterIPFields(_ causes: inout FieldCauses) {
        let given = JSONValue(clusterIPs)
        if clusterIP.isEmpty, !clusterIPs.isEmpty {
            causes.invalid(
                "spec.clusterIPs", given, "must be empty when `clusterIP` is not specified")
        } else if clusterIPs.first ?? "" != clusterIP {
            causes.invalid("spec.clusterIPs", given, "first value must match `clusterIP`")
        }
        for (index, family) in ipFamilies.enumerated() {
            causes.supported("spec.ipFamilies[\(index)]", family, families)
            if ipFamilies[..<index].contains(family) {
                causes.duplicate("spec.ipFamilies[\(index)]", .string(family))
            }
        }
        if let ipFamilyPolicy {
            causes.supported("spec.ipFamilyPolicy", ipFamilyPolicy, policies)
        }
        guard clusterIPs != ["None"] else { return }
        if clusterIPs.first == "None" {
            causes.invalid("spec.clusterIPs", given, "'None' must be the first and only value")
            return
        }
        for (index, text) in clusterIPs.enumerated() where (try? IPAddress(text)) == nil {
            causes.invalid(
                "spec.clusterIPs[\(index)]", .string(text),
                "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
        }
        if clusterIPs.count > 2 {
            causes.invalid("spec.clusterIPs", given, "may only hold up to 2 values")
        } else if clusterIPs.count == 2, family(of: clusterIPs[0]) == family(of: clusterIPs[1]) {
            causes.invalid(
                "spec.clusterIPs", given, "may specify no more than one IP for each IP family")
        }
        for (index, (text, wanted)) in zip(clusterIPs, ipFamilies).enumerated()
        where family(of: text) != wanted {
            causes.invalid(
                "spec.clusterIPs[\(index)]", .string(text),
                "expected an \(wanted) value as indicated by `ipFamilies[\(index)]`")
        }
    }

    private func family(of text: String) -> String { text.contains(":") ? "IPv6" : "IPv4" }
}
