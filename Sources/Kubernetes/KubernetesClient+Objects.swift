import FoundationEssentials
import JSON
import NIOCore
import NIOFoundationEssentialsCompat

/// How a patch is merged into the object.
package enum PatchType: String, Sendable {
    /// RFC 7386: lists are replaced whole.
    case merge = "application/merge-patch+json"
    /// Kubernetes' own: lists are merged by their key where the type says so.
    case strategicMerge = "application/strategic-merge-patch+json"
}

/// What the server says of itself at `/version`.
package struct ServerVersion: Hashable, Codable, Sendable {
    /// Such as `v1.32.0` or `v1.32.0+herald`.
    package var gitVersion: String
}

/// An object that must still be the one that was read.
package struct Preconditions: Hashable, Codable, Sendable {
    package var uid: String?
    package var resourceVersion: String?

    package init(uid: String? = nil, resourceVersion: String? = nil) {
        self.uid = uid
        self.resourceVersion = resourceVersion
    }
}

extension KubernetesClient {
    package func version() async throws(KubernetesError) -> ServerVersion {
        try await send(APIRequest(verb: .get, path: "/version"))
    }

    package func get<R: Resource>(
        _ type: R.Type, _ name: NamespacedName
    ) async throws(KubernetesError) -> R {
        try await send(APIRequest(verb: .get, path: Self.path(type, name)))
    }

    /// Writes a new object and returns it as the server completed it.
    package func create<R: Resource>(_ object: R) async throws(KubernetesError) -> R {
        let path = APIRequest.path(R.self, namespace: object.metadata.namespace)
        var request = APIRequest(verb: .create, path: path)
        request.body = try encode(Manifest(object: object), for: request)
        return try await send(request)
    }

    /// Replaces the object that has the resourceVersion of `object`; a conflict when it changed.
    package func update<R: ReplaceableResource>(
        _ object: R
    ) async throws(KubernetesError) -> R {
        let path = Self.path(R.self, object.namespacedName)
        var request = APIRequest(verb: .update, path: path)
        request.body = try encode(Manifest(object: object), for: request)
        return try await send(request)
    }

    /// Changes parts of an object and returns the whole.
    package func patch<R: Resource>(
        _ type: R.Type, _ name: NamespacedName, as patchType: PatchType, _ body: JSONValue,
        subresource: String? = nil
    ) async throws(KubernetesError) -> R {
        let path = Self.path(type, name, subresource: subresource)
        var request = APIRequest(verb: .patch, path: path)
        request.contentType = patchType.rawValue
        request.body = ByteBuffer(bytes: body.serialized)
        return try await send(request)
    }

    /// Writes ingress, conditions and annotations of a Service at once.
    ///
    /// Throws a conflict when the Service changed since the patch's resourceVersion.
    package func patchServiceStatus(
        _ name: NamespacedName, _ patch: ServiceStatusPatch
    ) async throws(KubernetesError) -> Service {
        try await self.patch(
            Service.self, name, as: .strategicMerge, patch.body, subresource: "status")
    }

    package func delete<R: Resource>(
        _ type: R.Type, _ name: NamespacedName, preconditions: Preconditions? = nil
    ) async throws(KubernetesError) {
        var request = APIRequest(verb: .delete, path: Self.path(type, name))
        if let preconditions {
            request.body = try encode(DeleteOptions(preconditions: preconditions), for: request)
        }
        // The answer is the object or a Status, as the kind's strategy has it: nobody needs it.
        _ = try await send(request, answer: JSONValue.self)
    }

    private static func path<R: Resource>(
        _ type: R.Type, _ name: NamespacedName, subresource: String? = nil
    ) -> String {
        APIRequest.path(
            type, namespace: name.namespace, name: name.name, subresource: subresource)
    }

    private func encode(
        _ body: some Encodable, for request: APIRequest
    ) throws(KubernetesError) -> ByteBuffer {
        do {
            return try JSONEncoder().encodeAsByteBuffer(body, allocator: ByteBufferAllocator())
        } catch {
            throw request.error(.unreadable("the request has no JSON form: \(error)"))
        }
    }
}

/// The body of a delete (meta/v1).
private struct DeleteOptions: Encodable {
    let apiVersion = "v1"
    let kind = "DeleteOptions"
    let preconditions: Preconditions
}
