import Testing

@testable import EmbeddedAPI

@Suite struct ServiceCheckTests {
    static let ip = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"

    static let rows: [(String, String)] = [
        (#"{"ports":[]}"#, "spec.ports: Required value"),
        (
            #"{"ports":[{"port":0,"targetPort":1}]}"#,
            "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"
        ),
        (
            #"{"ports":[{"port":65536,"targetPort":1}]}"#,
            "spec.ports[0].port: Invalid value: 65536: must be between 1 and 65535, inclusive"
        ),
        (#"{"ports":[{"port":1},{"name":"b","port":2}]}"#, "spec.ports[0].name: Required value"),
        (
            #"{"ports":[{"name":"B!","port":1}]}"#,
            """
            spec.ports[0].name: Invalid value: \"B!\": a lowercase RFC 1123 label must consist \
            of lower case alphanumeric characters or '-', and must start and end with an \
            alphanumeric character
            """
        ),
        (
            #"{"ports":[{"name":"a","port":1},{"name":"a","port":2}]}"#,
            "spec.ports[1].name: Duplicate value: \"a\""
        ),
        (
            #"{"ports":[{"name":"a","port":1},{"name":"b","port":1}]}"#,
            #"spec.ports[1]: Duplicate value: {"port":1,"protocol":"TCP"}"#
        ),
        (
            #"""
            {"ports":[{"name":"a","port":1,"nodePort":30001},{"name":"b","port":2,\#
            "nodePort":30001}]}
            """#,
            "spec.ports[1].nodePort: Duplicate value: 30001"
        ),
        (
            #"{"ports":[{"port":1,"protocol":"ICMP"}]}"#,
            #"""
            spec.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", \#
            "TCP", "UDP"
            """#
        ),
        (
            #"{"ports":[{"port":1,"targetPort":"-"}]}"#,
            """
            spec.ports[0].targetPort: Invalid value: \"-\": must contain only alpha-numeric \
            characters (a-z, 0-9), and hyphens (-), and at least one letter (a-z)
            """
        ),
        (
            #"{"ports":[{"port":1,"nodePort":80}]}"#,
            """
            spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid \
            range. The range of valid ports is 30000-32767
            """
        ),
        (
            #"{"ports":[{"port":1,"nodePort":30007}]}"#,
            "spec.ports[0].nodePort: Invalid value: 30007: provided port is already allocated"
        ),
        (
            #"{"type":"ClusterIP","ports":[{"port":1,"nodePort":30001}]}"#,
            "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"
        ),
        (
            #"{"type":"Balancer"}"#,
            #"""
            spec.type: Unsupported value: "Balancer": supported values: "ClusterIP", \#
            "ExternalName", "LoadBalancer", "NodePort"
            """#
        ),
        (
            #"{"clusterIP":"None"}"#,
            """
            spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for \
            LoadBalancer services
            """
        ),
        (#"{"clusterIP":"x"}"#, "spec.clusterIPs[0]: Invalid value: \"x\": \(ip)"),
        (
            #"{"clusterIP":"192.0.2.1"}"#,
            #"""
            spec.clusterIPs: Invalid value: ["192.0.2.1"]: failed to allocate IP 192.0.2.1: \#
            the provided IP (192.0.2.1) is not in the valid range. The range of valid IPs is \#
            10.96.0.0/16
            """#
        ),
        (
            #"{"clusterIP":"10.96.0.77"}"#,
            #"""
            spec.clusterIPs: Invalid value: ["10.96.0.77"]: failed to allocate IP 10.96.0.77: \#
            provided IP is already allocated
            """#
        ),
        (
            #"{"clusterIPs":["10.96.0.8"]}"#,
            #"""
            spec.clusterIPs: Invalid value: ["10.96.0.8"]: must be empty when `clusterIP` is \#
            not specified
            """#
        ),
        (
            #"{"clusterIP":"10.96.0.8","clusterIPs":["10.96.0.9"]}"#,
            #"spec.clusterIPs: Invalid value: ["10.96.0.9"]: first value must match `clusterIP`"#
        ),
        (
            #"""
            {"clusterIP":"10.96.0.8","clusterIPs":["10.96.0.8","10.96.0.9"],\#
            "ipFamilyPolicy":"RequireDualStack"}
            """#,
            #"""
            spec.clusterIPs: Invalid value: ["10.96.0.8","10.96.0.9"]: may specify no more \#
            than one IP for each IP family
            """#
        ),
        (
            #"{"clusterIP":"10.96.0.8","ipFamilies":["IPv6"]}"#,
            """
            spec.clusterIPs[0]: Invalid value: \"10.96.0.8\": expected an IPv6 value as \
            indicated by `ipFamilies[0]`
            """
        ),
        (
            #"{"ipFamilies":["IPv4","IPv6"]}"#,
            """
            spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or \
            'PreferDualStack' when multiple IP families are specified
            """
        ),
        (
            #"{"ipFamilies":["IPv4","IPv4"],"ipFamilyPolicy":"PreferDualStack"}"#,
            "spec.ipFamilies[1]: Duplicate value: \"IPv4\""
        ),
        (
            #"{"ipFamilies":["IPv5"]}"#,
            #"spec.ipFamilies[0]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6""#
        ),
        (
            #"{"ipFamilyPolicy":"Both"}"#,
            #"""
            spec.ipFamilyPolicy: Unsupported value: "Both": supported values: \#
            "PreferDualStack", "RequireDualStack", "SingleStack"
            """#
        ),
        (
            #"{"sessionAffinity":"Cookie"}"#,
            #"""
            spec.sessionAffinity: Unsupported value: "Cookie": supported values: "ClientIP", \#
            "None"
            """#
        ),
        (
            #"""
            {"sessionAffinity":"ClientIP",\#
            "sessionAffinityConfig":{"clientIP":{"timeoutSeconds":0}}}
            """#,
            """
            spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be \
            greater than 0 and less than 86400
            """
        ),
        (
            #"{"externalTrafficPolicy":"Nearby"}"#,
            #"""
            spec.externalTrafficPolicy: Unsupported value: "Nearby": supported values: \#
            "Cluster", "Local"
            """#
        ),
        (
            #"{"internalTrafficPolicy":"Nearby"}"#,
            #"""
            spec.internalTrafficPolicy: Unsupported value: "Nearby": supported values: \#
            "Cluster", "Local"
            """#
        ),
        (
            #"{"type":"ClusterIP","externalTrafficPolicy":"Local"}"#,
            """
            spec.externalTrafficPolicy: Invalid value: \"Local\": may only be set for \
            externally-accessible services
            """
        ),
        (
            #"{"healthCheckNodePort":30001}"#,
            """
            spec.healthCheckNodePort: Invalid value: 30001: may only be set when `type` is \
            'LoadBalancer' and `externalTrafficPolicy` is 'Local'
            """
        ),
        (
            #"{"type":"ClusterIP","allocateLoadBalancerNodePorts":false}"#,
            """
            spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is \
            'LoadBalancer'
            """
        ),
        (
            #"{"type":"NodePort","loadBalancerClass":"a/b"}"#,
            "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'"
        ),
        (
            #"{"loadBalancerSourceRanges":["10.0.0.0"]}"#,
            """
            spec.loadBalancerSourceRanges[0]: Invalid value: \"10.0.0.0\": must be a valid \
            CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)
            """
        ),
        (#"{"externalIPs":["x"]}"#, "spec.externalIPs[0]: Invalid value: \"x\": \(ip)"),
        (#"{"type":"ExternalName"}"#, "spec.externalName: Required value"),
        (
            #"{"type":"ExternalName","externalName":"a_b"}"#,
            """
            spec.externalName: Invalid value: \"a_b\": a lowercase RFC 1123 subdomain must \
            consist of lower case alphanumeric characters, '-' or '.', and must start and end \
            with an alphanumeric character
            """
        ),
        (
            #"{"type":"ExternalName","externalName":"a.b","clusterIP":"10.96.0.8"}"#,
            "spec.clusterIPs: Forbidden: may not be set for ExternalName services"
        ),
        (
            #"{"selector":{"a b":"c"}}"#,
            """
            spec.selector: Invalid value: \"a b\": name part must consist of alphanumeric \
            characters, '-', '_' or '.', and must start and end with an alphanumeric character
            """
        ),
    ]

    @Test(arguments: rows) func refused(patch: String, cause: String) throws {
        let other = try json(
            #"{"clusterIPs":["10.96.0.77"],"ports":[{"port":1,"nodePort":30007}]}"#)
        #expect(prepared(try spec(patch), others: [other]).causes == [cause])
    }

    @Test func listsAreBounded() throws {
        let ports = (1...1_001).map { #"{"name":"p\#($0)","port":\#($0)}"# }
        let patch = #"{"type":"ClusterIP","ports":[\#(ports.joined(separator: ","))]}"#
        #expect(
            prepared(try spec(patch)).causes == [
                "spec.ports: Invalid value: 1001: must have at most 1000 items"
            ])
    }
}
