import Addressing
import Allocation
import Kubernetes
import Testing

@testable import Daemon

/// What allocation is told of a Service object.
@Suite struct ServiceRequestTests {
    typealias Story = ReconcilerStory

    static let ours = "herald.dev/herald"

    /// S1 and S3. Each row: type, ClusterIP, class of the object; our class, whether it is
    /// required; whether the service is ours.
    @Test(arguments: [
        ("LoadBalancer", "10.96.0.9", "", ours, false, true),
        ("LoadBalancer", "10.96.0.9", ours, ours, false, true),
        ("LoadBalancer", "10.96.0.9", "example.com/other", ours, false, false),
        ("LoadBalancer", "10.96.0.9", "", ours, true, false),
        ("LoadBalancer", "10.96.0.9", ours, ours, true, true),
        ("LoadBalancer", "10.96.0.9", ours, "example.com/renamed", false, false),
        ("LoadBalancer", "10.96.0.9", "example.com/renamed", "example.com/renamed", true, true),
        ("LoadBalancer", "", "", ours, false, true),
        ("LoadBalancer", "None", "", ours, false, false),
        ("ClusterIP", "10.96.0.9", "", ours, false, false),
        ("NodePort", "10.96.0.9", "", ours, false, false),
        ("ExternalName", "", "", ours, false, false),
        ("ClusterIP", "None", ours, ours, false, false),
    ])
    func s1s3WhichServicesAreOurs(
        type: String, clusterIP: String, itsClass: String, ourClass: String, isRequired: Bool,
        isOurs: Bool
    ) {
        var service = Story.service("a", type: type)
        service.spec.clusterIP = clusterIP
        service.spec.loadBalancerClass = itsClass
        let request = ServiceRequest(
            service, class: ServiceClass(name: ourClass, isRequired: isRequired))
        #expect(request.isOurs == isOurs)
    }

    /// S3: a class that becomes foreign releases what was ours, once, and touches nothing after.
    @Test func s3ServiceOfAClassThatBecomesForeignIsReleasedOnce() throws {
        var story = Story(pools: [try Story.pool("192.0.2.16")])
        _ = story.carryOut(story.sendAndProbe(.services(.snapshot([Story.service("a")]))))
        let name = NamespacedName(namespace: "default", name: "a")
        var service = try #require(story.reconciler.cluster.services.objects[name])
        service.spec.loadBalancerClass = "example.com/other"
        service.metadata.resourceVersion = story.nextVersion()
        let released = story.send(.services(.changed(service)))
        #expect(released.writes.map(\.patch.ingress) == [.none])
        #expect(released.events.map(\.reason) == [.addressReleased])
        #expect(story.carryOut(released).writes.isEmpty)
        service = try #require(story.reconciler.cluster.services.objects[name])
        service.status.ingress = [LoadBalancerIngress(ip: "192.0.2.16")]
        for _ in 1...10 {
            service.metadata.resourceVersion = story.nextVersion()
            let effects = story.send(.services(.changed(service)))
            #expect(effects.writes.isEmpty && effects.events.isEmpty)
        }
    }

    @Test func theObjectsFieldsAreTranslated() throws {
        var service = Story.service(
            "a", annotations: ["herald.dev/pool": "lab"], ingress: ["192.0.2.16", "nonsense"])
        service.spec.clusterIPs = ["10.96.0.9", "fd96::9"]
        service.spec.ipFamilyPolicy = "RequireDualStack"
        service.spec.externalTrafficPolicy = "Local"
        service.spec.selector = ["app": "a"]
        let request = ServiceRequest(
            service, class: ServiceClass(name: Self.ours, isRequired: false))
        #expect(request.families == [.ipv4, .ipv6] && request.familyPolicy == .requireDualStack)
        #expect(request.trafficPolicy == .local && request.selector == ["app": "a"])
        #expect(request.wish.pool == "lab" && request.ports == [Allocation.ServicePort("TCP", 80)])
        #expect(request.shown.addresses == [try IPAddress("192.0.2.16")])
        #expect(request.uid == "uid-a" && request.key.description == "default/a")
    }
}
