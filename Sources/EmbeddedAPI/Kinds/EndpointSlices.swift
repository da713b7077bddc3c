import JSON

/// How many ports or addresses a table's cell names.
private let shownMax = 3

extension Resource {
    static let endpointSlices = Resource(
        group: "discovery.k8s.io", kind: "EndpointSlice", plural: "endpointslices",
        needsVersion: true, immutableFields: ["addressType"],
        fields: [
            "addressType": .required(.oneOf("FQDN", "IPv4", "IPv6")),
            "endpoints": .list(
                .fields([
                    "hostname nodeName zone": .string, "addresses": .required(.strings),
                    "deprecatedTopology": .map(.string), "targetRef": .objectReference,
                    "conditions": .fields(["ready serving terminating": .boolean]),
                    "hints": .fields(["forZones forNodes": .list(.fields(["name": .string]))]),
                ])),
            "ports": .list(
                .fields([
                    "name appProtocol": .string, "protocol": .transportProtocol, "port": .port,
                ])),
        ],
        columns: [
            .name, .field("AddressType", "addressType"),
            .text("Ports", absent: "<unset>") { slice, _ in
                shown((slice["ports"]?.array ?? []).map { $0["port"]?.text ?? "*" })
            },
            .text("Endpoints", absent: "<unset>") { slice, _ in
                let endpoints = slice["endpoints"]?.array ?? []
                return shown(endpoints.flatMap { $0["addresses"]?.strings ?? [] })
            }, .age,
        ],
        setDefaults: { slice, _ in
            slice = slice.withDefaults(["endpoints": .null, "ports": .null])
            guard let ports = slice["ports"]?.array else { return }
            slice["ports"] = .array(
                ports.map { $0.withDefaults(["name": "", "protocol": "TCP"]) })
        })
}

private func shown(_ texts: [String]) -> String {
    let more = texts.count > shownMax ? " + \(texts.count - shownMax) more..." : ""
    return texts.prefix(shownMax).joined(separator: ",") + more
}
