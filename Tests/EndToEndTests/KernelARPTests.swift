import Foundation
import Laboratory
import TestTraits
import Testing

/// A node whose kernel has a service's address on another link and answers ARP for it by itself, as
/// kube-proxy in IPVS mode brings about where nobody told the kernel not to (BEHAVIOUR W6).
@Suite(.serialized, .blocking, .needsKubectl) struct KernelARPTests {
    private let world: World
    private let node: HeraldNode
    private let address: String

    init() throws {
        world = try World()
        node = try world.node()
        try node.start()
        try node.apply("web")
        address = try node.awaitAddress(of: "web")
    }

    @Test func w6AKernelThatAnswersByItselfIsNamedUntilItDoesNot() throws {
        #expect(try problems().isEmpty, "the address is on no link")
        try node.serve(address, text: "hello")
        #expect(try problems().isEmpty, "the kernel was told to keep silent")
        try setARPIgnore(0)
        try eventually("the kernel is named") {
            try problems().contains {
                $0.contains("\(address) on lo and answers ARP for it on eth0")
                    && $0.contains("net.ipv4.conf.all.arp_ignore=1")
                    && $0.contains("net.ipv4.conf.all.arp_announce=2")
            }
        }
        let doctor = try node.heraldctl("doctor", "-o", "json")
        #expect(doctor.status == 1)
        #expect(doctor.output.contains("net.ipv4.conf.all.arp_ignore=1"), "\(doctor.output)")
        #expect(doctor.output.contains("net.ipv4.conf.all.arp_announce=2"), "\(doctor.output)")
        try setARPIgnore(1)
        try eventually("it is named no more") { try problems().isEmpty }
        _ = try node.heraldctl("status")
        let log = try node.end(SIGTERM).errorOutput
        let warnings = log.matches(of: #/the kernel answers ARP beside Herald/#).count
        #expect(warnings == 1, "once per change, however often somebody asks")
    }

    private func setARPIgnore(_ mode: Int) throws {
        try node.namespace.run("sysctl", ["-qw", "net.ipv4.conf.all.arp_ignore=\(mode)"])
    }

    private func problems() throws -> [String] {
        let json = try node.heraldctl("status", "-o", "json").output
        return try JSONDecoder().decode(ShownStatus.self, from: Data(json.utf8)).problems ?? []
    }
}
