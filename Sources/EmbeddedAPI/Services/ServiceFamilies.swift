import JSON

extension ServiceSpec {
    /// Decides `ipFamilyPolicy` and `ipFamilies`; IPv4 is the cluster's first family.
    mutating func setFamilies(old: ServiceSpec?) {
        guard needsClusterIP else { return }
        // Headless and without a selector: nobody can know the endpoints' families.
        let usual = isHeadless && json["selector"] == nil ? "RequireDualStack" : "SingleStack"
        let policy = ipFamilyPolicy ?? old?.ipFamilyPolicy ?? usual
        let isSingle = policy == "SingleStack"
        json["ipFamilyPolicy"] = .string(policy)
        checkClusterIPs()
        guard causes.all.isEmpty else { return }
        // Asking for one family is clear intent: the second goes.
        if isSingle, clusterIPs == old?.clusterIPs { clusterIPs = Array(clusterIPs.prefix(1)) }
        if isSingle, ipFamilies == old?.ipFamilies { ipFamilies = Array(ipFamilies.prefix(1)) }
        for (now, was, one, many) in [
            (clusterIPs, old?.clusterIPs, "cluster IP", "cluster IPs"),
            (ipFamilies, old?.ipFamilies, "IP family", "IP families"),
        ] {
            if isSingle, now.count == 2 {
                refuse(
                    "ipFamilyPolicy",
                    "must be 'RequireDualStack' or 'PreferDualStack' when multiple \(many) are "
                        + "specified")
            } else if !isSingle, now.count == 1, was?.count == 2, now.first == was?.first {
                refuse("ipFamilyPolicy", "must be 'SingleStack' to release the secondary \(one)")
            }
        }
        if !isHeadless { ipFamilies += clusterIPs.dropFirst(ipFamilies.count).map(family) }
        if ipFamilies.isEmpty { ipFamilies = ["IPv4"] }
        if !isSingle, ipFamilies.count == 1 {
            ipFamilies.append(ipFamilies == ["IPv4"] ? "IPv6" : "IPv4")
        }
    }

    /// What `clusterIP`, `clusterIPs` and `ipFamilies` may say together.
    private mutating func checkClusterIPs() {
        let given = clusterIPs.map(family)
        if clusterIP.isEmpty, !clusterIPs.isEmpty {
            refuse("clusterIPs", "must be empty when `clusterIP` is not specified")
        } else if clusterIPs.first ?? "" != clusterIP {
            refuse("clusterIPs", "first value must match `clusterIP`")
        } else if clusterIPs.contains("None"), clusterIPs.count > 1 {
            refuse("clusterIPs", "'None' must be the first and only value")
        } else if Set(given).count < given.count {
            refuse("clusterIPs", "may specify no more than one IP for each IP family")
        }
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
