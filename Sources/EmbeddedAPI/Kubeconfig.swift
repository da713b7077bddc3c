import Files
import FoundationEssentials
import Naming

/// The bearer token of one state folder: 256 random bits, made once.
func loadToken(folder: String) throws(FileError) -> String {
    let path = folder + "/api-token"
    if let token = try AtomicFile.read(path), token.count >= 32 {
        return trimmed(String(decoding: token, as: UTF8.self))
    }
    let token = (0..<32).map { _ in UInt8.random(in: 0...255) }
        .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    try AtomicFile.write(Array(token.utf8), to: path)
    return token
}

/// A kubeconfig with one cluster, one user and one context, each called `herald`.
func kubeconfig(server: String, certificateAuthorityPEM: String, token: String) -> String {
    """
    apiVersion: v1
    kind: Config
    clusters:
    - name: herald
      cluster:
        server: \(server)
        certificate-authority-data: \(Data(certificateAuthorityPEM.utf8).base64EncodedString())
    users:
    - name: herald
      user:
        token: \(token)
    contexts:
    - name: herald
      context:
        cluster: herald
        user: herald
    current-context: herald

    """
}
