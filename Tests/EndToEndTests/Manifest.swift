import Foundation

/// What users write, and where the demo's parts are.
enum Manifest {
    /// A Service of type LoadBalancer, and the EndpointSlice that a cluster makes of its pods.
    static func service(_ name: String) -> String {
        """
        apiVersion: v1
        kind: Service
        metadata: {name: \(name)}
        spec:
          type: LoadBalancer
          selector: {app: \(name)}
          ports: [{name: http, port: 80}]
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: \(name)-1
          labels: {kubernetes.io/service-name: \(name)}
        addressType: IPv4
        ports: [{name: http, port: 80}]
        endpoints:
        - addresses: [192.0.2.1]
          nodeName: node
          conditions: {ready: true}
        """
    }

    /// A Service of these families, and an EndpointSlice of each.
    static func service(_ name: String, families: [HeraldNode.Family]) -> String {
        let names = families.map { $0 == .ipv4 ? "IPv4" : "IPv6" }
        let policy = families.count > 1 ? "RequireDualStack" : "SingleStack"
        let slices = families.map { slice(of: name, $0) }.joined(separator: "\n---\n")
        return """
            apiVersion: v1
            kind: Service
            metadata: {name: \(name)}
            spec:
              type: LoadBalancer
              ipFamilyPolicy: \(policy)
              ipFamilies: [\(names.joined(separator: ", "))]
              selector: {app: \(name)}
              ports: [{name: http, port: 80}]
            ---
            \(slices)
            """
    }

    private static func slice(of name: String, _ family: HeraldNode.Family) -> String {
        """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: \(name)-\(family == .ipv4 ? "ipv4" : "ipv6")
          labels: {kubernetes.io/service-name: \(name)}
        addressType: \(family == .ipv4 ? "IPv4" : "IPv6")
        ports: [{name: http, port: 80}]
        endpoints:
        - addresses: ["\(family == .ipv4 ? "192.0.2.1" : "2001:db8::1")"]
          nodeName: node
          conditions: {ready: true}
        """
    }

    /// A small HTTP server.
    static var backendProgram: String {
        repository.appendingPathComponent("Deploy/demo/backend").path
    }

    static var repository: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }
}
