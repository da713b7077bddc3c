import Addressing
import Testing

@testable import Allocation

/// What annotations and `spec.loadBalancerIP` are read as.
@Suite struct AddressWishTests {
    private func wish(_ annotations: [String: String], _ spec: String? = nil) -> AddressWish {
        AddressWish(annotations: annotations, loadBalancerIP: spec)
    }

    @Test func r1LoadBalancerIPAndAnnotationEachWork() throws {
        let one = try addresses("192.0.2.16")
        #expect(wish([:], "192.0.2.16") == AddressWish(addresses: one))
        #expect(wish(["herald.dev/addresses": "192.0.2.16"]) == AddressWish(addresses: one))
        #expect(wish(["herald.dev/addresses": "192.0.2.16"], "192.0.2.16").problem == nil)
    }

    @Test func r1BothAtOnceUnlessEqualIsAnErrorThatNamesBoth() {
        #expect(
            wish(["herald.dev/addresses": "192.0.2.16"], "192.0.2.17").problem
                == "annotation herald.dev/addresses says \"192.0.2.16\", spec.loadBalancerIP says "
                + "\"192.0.2.17\"; keep one of them")
    }

    @Test(arguments: AddressWish.addressAnnotations)
    func everyAddressAnnotationIsRead(name: String) throws {
        let both = try addresses("2001:db8::1", "192.0.2.16")
        #expect(wish([name: " 2001:db8::1 ,192.0.2.16\n"]) == AddressWish(addresses: both))
    }

    @Test(arguments: AddressWish.poolAnnotations)
    func everyPoolAnnotationIsRead(name: String) {
        #expect(wish([name: "lab"]) == AddressWish(pool: "lab"))
    }

    @Test(arguments: AddressWish.sharingAnnotations)
    func everySharingAnnotationIsRead(name: String) {
        #expect(wish([name: "k"]) == AddressWish(sharingKey: "k"))
        #expect(wish([name: ""]) == AddressWish())
    }

    @Test func equalAliasesAreNoError() throws {
        let found = wish([
            "herald.dev/addresses": "192.0.2.1,2001:db8::1",
            "metallb.io/loadBalancerIPs": "2001:db8:0::1, 192.0.2.1",
            "metallb.io/address-pool": "lab", "purelb.io/service-group": "lab",
        ])
        #expect(found.problem == nil)
        #expect(found.addresses == (try addresses("192.0.2.1", "2001:db8::1")))
        #expect(found.pool == "lab")
    }

    @Test(arguments: [
        (
            ["metallb.io/address-pool": "a", "purelb.io/service-group": "b"],
            "annotation metallb.io/address-pool says \"a\", annotation purelb.io/service-group says "
                + "\"b\"; keep one of them"
        ),
        (
            ["herald.dev/sharing-key": "a", "lbipam.cilium.io/sharing-key": "b"],
            "annotation herald.dev/sharing-key says \"a\", annotation lbipam.cilium.io/sharing-key "
                + "says \"b\"; keep one of them"
        ),
        (
            ["kube-vip.io/loadbalancerIPs": "192.0.2.1", "lbipam.cilium.io/ips": "192.0.2.2"],
            "annotation kube-vip.io/loadbalancerIPs says \"192.0.2.1\", annotation "
                + "lbipam.cilium.io/ips says \"192.0.2.2\"; keep one of them"
        ),
    ])
    func twoThatDisagreeAreAnErrorThatNamesBoth(annotations: [String: String], said: String) {
        #expect(wish(annotations).problem == said)
    }

    @Test(arguments: [
        ("garbage", "web", "\"web\" is not an IPv4 address: four numbers wanted"),
        ("empty part", "192.0.2.1,", "\"\" is not an IPv4 address: four numbers wanted"),
        (
            "prefix", "192.0.2.1/32",
            "\"192.0.2.1/32\" is not an IPv4 address: numbers 0 to 255 wanted"
        ),
        (
            "DHCP", "0.0.0.0",
            "\"0.0.0.0\" asks for an address by DHCP, which Herald does not do; name an address of "
                + "a pool"
        ),
    ])
    func r2TextThatIsNoAddressIsNamed(what: String, text: String, said: String) {
        #expect(
            wish(["kube-vip.io/loadbalancerIPs": text]).problem
                == "annotation kube-vip.io/loadbalancerIPs: " + said, "\(what)")
    }
}
