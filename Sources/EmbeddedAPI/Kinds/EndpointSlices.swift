import Addressing

extension Resource {
    static let endpointSlices = Resource(
        group: "discovery.k8s.io", kind: "EndpointSlice", plural: "endpointslices",
        needsVersion: true,
        fields: [
            "addressType": .string,
            "endpoints": .list(
                .fields(
                    strings: "hostname nodeName zone",
                    [
                        "addresses": .strings, "deprecatedTopology": .stringMap,
                        "conditions": .fields(booleans: "ready serving terminating"),
                        "targetRef": .objectReference,
                        "hints": .object([
                            "forZones": .list(.fields(strings: "name")),
                            "forNodes": .list(.fields(strings: "name")),
                        ]),
                    ])),
            "ports": .list(.fields(strings: "name protocol appProtocol", integers: "port")),
        ],
        columns: [
            .name, .field("AddressType", ["addressType"]),
            Column("Ports") { slice, _ in .string(ports(of: slice)) },
            Column("Endpoints") { slice, _ in .string(endpoints(of: slice)) }, .age,
        ]
    ) { slice, preparation in
        for index in (slice["ports"]?.array ?? []).indices {
            setDefaults(ofPort: index, in: &slice)
        }
        check(slice, &preparation)
        if slice["endpoints"] == nil { slice["endpoints"] = .null }
        if slice["ports"] == nil { slice["ports"] = .null }
    }
}

private let shownMax = 3
private let endpointsMax = 1_000
private let addressesPerEndpointMax = 100

private func setDefaults(ofPort index: Int, in slice: inout JSONValue) {
    guard var ports = slice["ports"]?.array else { return }
    if ports[index]["name"] == nil { ports[index]["name"] = "" }
    if ports[index]["protocol"] == nil { ports[index]["protocol"] = "TCP" }
    slice["ports"] = .array(ports)
}

private func check(_ slice: JSONValue, _ preparation: inout Preparation) {
    let type = slice["addressType"]?.string ?? ""
    if type.isEmpty {
        preparation.causes.required("addressType")
    } else {
        preparation.causes.supported("addressType", type, ["FQDN", "IPv4", "IPv6"])
    }
    if let old = preparation.old?["addressType"], old != slice["addressType"] {
        preparation.causes.invalid("addressType", .string(type), "field is immutable")
    }
    let endpoints = slice["endpoints"]?.array ?? []
    if endpoints.count > endpointsMax {
        preparation.causes.invalid(
            "endpoints", JSONValue(endpoints.count), "must have at most \(endpointsMax) items")
    }
    for (index, endpoint) in endpoints.enumerated() {
        check(endpoint, type, at: "endpoints[\(index)].addresses", &preparation)
    }
    for (index, port) in (slice["ports"]?.array ?? []).enumerated() {
        preparation.causes.supported(
            "ports[\(index)].protocol", port["protocol"]?.string ?? "", ["SCTP", "TCP", "UDP"])
        if let number = port["port"], !(1...65_535).contains(number.integer ?? 0) {
            preparation.causes.invalid(
                "ports[\(index)].port", number, "must be between 1 and 65535, inclusive")
        }
    }
}

private func check(
    _ endpoint: JSONValue, _ type: String, at path: String, _ preparation: inout Preparation
) {
    let addresses = endpoint["addresses"]?.strings ?? []
    if addresses.isEmpty { preparation.causes.required(path, "must contain at least 1 address") }
    if addresses.count > addressesPerEndpointMax {
        preparation.causes.invalid(
            path, JSONValue(addresses.count),
            "must have at most \(addressesPerEndpointMax) items")
    }
    for (index, address) in addresses.enumerated() {
        let family = try? IPAddress(address).family
        let isRight =
            switch type {
            case "IPv4": family == .ipv4
            case "IPv6": family == .ipv6
            default: true
            }
        if !isRight {
            preparation.causes.invalid(
                "\(path)[\(index)]", .string(address), "must be a valid \(type) address")
        }
    }
}

private func ports(of slice: JSONValue) -> String {
    let ports = slice["ports"]?.array ?? []
    return shown(ports.map { $0["port"]?.integer.map { "\($0)" } ?? "*" })
}

private func endpoints(of slice: JSONValue) -> String {
    shown((slice["endpoints"]?.array ?? []).flatMap { $0["addresses"]?.strings ?? [] })
}

private func shown(_ texts: [String]) -> String {
    guard !texts.isEmpty else { return "<unset>" }
    let more = texts.count > shownMax ? " + \(texts.count - shownMax) more..." : ""
    return texts.prefix(shownMax).joined(separator: ",") + more
}
