import Addressing
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
                .fields(
                    strings: "hostname nodeName zone",
                    [
                        "addresses": .required(.strings), "deprecatedTopology": .stringMap,
                        "conditions": .fields(booleans: "ready serving terminating"),
                        "targetRef": .objectReference,
                        "hints": .object([
                            "forZones": .list(.fields(strings: "name")),
                            "forNodes": .list(.fields(strings: "name")),
                        ]),
                    ])),
            "ports": .list(
                .fields(
                    strings: "name appProtocol",
                    ["protocol": .transportProtocol, "port": .port])),
        ],
        columns: [
            .name, .field("AddressType", "addressType"),
            .text("Ports") { slice, _ in
                shown((slice["ports"]?.array ?? []).map { $0["port"]?.text ?? "*" })
            },
            .text("Endpoints") { slice, _ in shown(addresses(of: slice).map(\.address)) }, .age,
        ],
        setDefaults: { slice, _ in
            slice = slice.withDefaults(["endpoints": .null, "ports": .null])
            guard let ports = slice["ports"]?.array else { return }
            slice["ports"] = .array(
                ports.map { $0.withDefaults(["name": "", "protocol": "TCP"]) })
        },
        complete: { slice, preparation in
            guard let type = slice["addressType"]?.string, type != "FQDN" else { return }
            for (path, address) in addresses(of: slice)
            where (try? IPAddress(address))?.family.rawValue != type {
                preparation.causes.invalid(
                    path, .string(address), "must be a valid \(type) address")
            }
        })
}

private func addresses(of slice: JSONValue) -> [(path: String, address: String)] {
    (slice["endpoints"]?.array ?? []).enumerated().flatMap { place, endpoint in
        (endpoint["addresses"]?.strings ?? []).enumerated().map {
            ("endpoints[\(place)].addresses[\($0)]", $1)
        }
    }
}

private func shown(_ texts: [String]) -> String {
    guard !texts.isEmpty else { return "<unset>" }
    let more = texts.count > shownMax ? " + \(texts.count - shownMax) more..." : ""
    return texts.prefix(shownMax).joined(separator: ",") + more
}
