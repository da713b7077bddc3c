import JSON
import Timing

/// What a credential plugin gave: a token, a client certificate, or both.
struct ExecCredential: Hashable, Sendable {
    let token: String?
    let clientCertificate: ClusterAccess.ClientCertificate?
    /// After this it must be asked again; nil: good until the server refuses it.
    let expiration: WallTime?

    /// An answer that gives no credential.
    struct Unusable: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// The document on a plugin's standard output.
    init(parsing bytes: [UInt8], version: ExecPlugin.Version) throws(Unusable) {
        let answer: JSONValue
        do {
            answer = try JSONValue(parsing: bytes)
        } catch {
            throw Unusable("its answer is not JSON: \(error)")
        }
        guard answer["kind"] == "ExecCredential", answer["apiVersion"]?.string == version.rawValue
        else {
            let found = [answer["apiVersion"], answer["kind"]].map { $0?.string ?? "nothing" }
            throw Unusable(
                "its answer is \(found.joined(separator: " ")), not \(version.rawValue) "
                    + "ExecCredential")
        }
        func text(_ field: String) throws(Unusable) -> String? {
            switch answer["status", field] {
            case nil, .null, "": return nil
            case .string(let text): return text
            default: throw Unusable("status.\(field) of its answer is not a text")
            }
        }
        token = try text("token")
        switch (try text("clientCertificateData"), try text("clientKeyData")) {
        case (let chain?, let key?):
            clientCertificate = .init(chain: Array(chain.utf8), key: Array(key.utf8))
        case (nil, nil): clientCertificate = nil
        default: throw Unusable("its answer holds one of certificate and key, not both")
        }
        guard token != nil || clientCertificate != nil else {
            throw Unusable("its answer holds neither a token nor a client certificate")
        }
        guard let expires = try text("expirationTimestamp") else {
            expiration = nil
            return
        }
        guard let time = WallTime(expires) else {
            throw Unusable("expirationTimestamp \"\(expires)\" of its answer is no RFC 3339 time")
        }
        expiration = time
    }
}
