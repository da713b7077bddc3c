import Addressing

extension AddressWish {
    /// The annotations that each name one thing: ours first, then those of other load balancers,
    /// so that a service needs no edit when its cluster changes to Herald.
    package static let addressAnnotations = [
        "herald.dev/addresses", "metallb.io/loadBalancerIPs",
        "metallb.universe.tf/loadBalancerIPs", "kube-vip.io/loadbalancerIPs",
        "lbipam.cilium.io/ips", "purelb.io/addresses",
    ]
    package static let poolAnnotations = [
        "herald.dev/pool", "metallb.io/address-pool", "metallb.universe.tf/address-pool",
        "purelb.io/service-group",
    ]
    package static let sharingAnnotations = [
        "herald.dev/sharing-key", "metallb.io/allow-shared-ip",
        "metallb.universe.tf/allow-shared-ip", "lbipam.cilium.io/sharing-key",
        "purelb.io/allow-shared-ip",
    ]

    /// Reads what `annotations` and `spec.loadBalancerIP` ask for; empty texts count as absent.
    ///
    /// Two sources that disagree are a `problem` that names both with their values; so is a text
    /// that is no address, and kube-vip's `0.0.0.0`, which asks for DHCP. The first problem stands.
    package init(annotations: [String: String], loadBalancerIP: String?) {
        func given(_ names: [String]) -> [Given] {
            names.compactMap { name in
                let text = Substring(annotations[name] ?? "").trimmed
                return text.isEmpty ? nil : Given(source: "annotation \(name)", text: text)
            }
        }
        self.init()
        var sources = given(Self.addressAnnotations)
        if let text = loadBalancerIP.map({ Substring($0).trimmed }), !text.isEmpty {
            sources.append(Given(source: "spec.loadBalancerIP", text: text))
        }
        readAddresses(sources)
        let pools = given(Self.poolAnnotations)
        let keys = given(Self.sharingAnnotations)
        pool = pools.first?.text
        sharingKey = keys.first?.text
        problem = problem ?? Self.disagreement(in: pools) ?? Self.disagreement(in: keys)
    }

    /// A text and where it stands.
    private struct Given {
        let source: String
        let text: String
    }

    private mutating func readAddresses(_ sources: [Given]) {
        var first: (given: Given, addresses: [IPAddress])?
        for given in sources {
            let read: [IPAddress]
            switch Self.addresses(in: given) {
            case .success(let addresses): read = addresses
            case .failure(let refusal):
                problem = problem ?? refusal.message
                continue
            }
            guard let known = first else {
                first = (given, read)
                continue
            }
            if Set(known.addresses) != Set(read) {
                problem = problem ?? Self.disagreement(known.given, given)
            }
        }
        addresses = first?.addresses ?? []
    }

    private struct Refusal: Error {
        let message: String
    }

    private static func addresses(in given: Given) -> Result<[IPAddress], Refusal> {
        var addresses: [IPAddress] = []
        for part in given.text.split(separator: ",", omittingEmptySubsequences: false) {
            do {
                addresses.append(try IPAddress(part.trimmed))
            } catch {
                return .failure(Refusal(message: "\(given.source): \(error)"))
            }
        }
        guard let any = addresses.first(where: { $0.bits == 0 }) else { return .success(addresses) }
        return .failure(
            Refusal(
                message: "\(given.source): \"\(any)\" asks for an address by DHCP, which Herald "
                    + "does not do; name an address of a pool"))
    }

    private static func disagreement(in given: [Given]) -> String? {
        guard let first = given.first, let other = given.first(where: { $0.text != first.text })
        else { return nil }
        return disagreement(first, other)
    }

    private static func disagreement(_ left: Given, _ right: Given) -> String {
        "\(left.source) says \"\(left.text)\", \(right.source) says \"\(right.text)\"; "
            + "keep one of them"
    }
}

extension Substring {
    /// Without blanks and line ends at either side.
    fileprivate var trimmed: String {
        let isBlank: (Character) -> Bool = { $0.isWhitespace }
        guard let start = firstIndex(where: { !isBlank($0) }),
            let end = lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(self[start...end])
    }
}
