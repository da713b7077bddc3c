import NIOCore
import NIOHTTP1

/// One request to the API, before it meets a server and credentials.
struct APIRequest {
    var verb: Verb
    var path: String
    var query: [(String, String)] = []
    var contentType = "application/json"
    var body: ByteBuffer?

    var method: HTTPMethod {
        switch verb {
        case .get, .list, .watch: .GET
        case .create: .POST
        case .update: .PUT
        case .patch: .PATCH
        case .delete: .DELETE
        }
    }

    /// Path and query as they go over the wire.
    var target: String {
        guard !query.isEmpty else { return path }
        let pairs = query.map { "\($0)=\(Self.percentEncoded($1))" }
        return "\(path)?\(pairs.joined(separator: "&"))"
    }

    /// What is asked of which kind of object, as access rules name it.
    var kind: RequestKind {
        var parts = path.split(separator: "/").map(String.init)
        guard let root = parts.first, ["api", "apis"].contains(root) else {
            return RequestKind(verb: verb, resource: path)
        }
        parts.removeFirst(min(root == "api" ? 2 : 3, parts.count))
        // Of a namespace itself there is nothing after its name.
        if parts.first == "namespaces", parts.count > 2 { parts.removeFirst(2) }
        let subresource = parts.count > 2 ? "/\(parts[2])" : ""
        return RequestKind(verb: verb, resource: (parts.first ?? "") + subresource)
    }

    func error(_ cause: KubernetesError.Cause) -> KubernetesError {
        KubernetesError(verb: verb, path: path, cause: cause)
    }

    /// The path of a collection, an object or its subresource; an empty namespace means all.
    static func path<R: Resource>(
        _ type: R.Type, namespace: String = "", name: String? = nil, subresource: String? = nil
    ) -> String {
        var parts = R.group.isEmpty ? ["api"] : ["apis", R.group]
        parts.append(R.version)
        if R.isNamespaced, !namespace.isEmpty {
            parts += ["namespaces", percentEncoded(namespace)]
        }
        parts.append(R.plural)
        parts += [name.map(percentEncoded), subresource].compactMap { $0 }
        return "/" + parts.joined(separator: "/")
    }

    /// Everything but the unreserved characters of RFC 3986 §2.3 as `%XX`.
    static func percentEncoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
