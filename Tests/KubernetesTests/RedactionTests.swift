import Testing

@testable import Kubernetes

@Suite struct RedactionTests {
    @Test(arguments: [
        ClusterAccess.Authorization.token("s3cret"), .basic(user: "u", password: "s3cret"),
    ])
    func whatOpensTheClusterIsNeverPrinted(authorization: ClusterAccess.Authorization) {
        let access = ClusterAccess(
            server: "https://127.0.0.1:1", authorization: authorization,
            clientCertificate: ClusterAccess.ClientCertificate(
                chain: Array("s3cret".utf8), key: Array("s3cret".utf8)))
        var dumped = ""
        dump(access, to: &dumped)
        for text in ["\(access)", String(reflecting: access), dumped] {
            #expect(!text.contains("s3cret") && !text.contains("115"), "\(text)")
        }
    }
}
