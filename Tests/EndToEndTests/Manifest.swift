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

    /// A small HTTP server.
    static var backendProgram: String {
        repository.appendingPathComponent("Deploy/demo/backend").path
    }

    static var repository: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }
}
