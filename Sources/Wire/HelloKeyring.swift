import Crypto

/// A secret that the nodes of a cluster share; told from others by its id.
package struct HelloKey: Sendable {
    /// The first four bytes of the SHA-256 of the secret.
    package let id: UInt32
    let authenticator: HelloAuthenticator

    /// Nil when the secret is shorter than `secretBytesMin`.
    package init?(secret: [UInt8]) {
        guard secret.count >= Self.secretBytesMin else { return nil }
        authenticator = HelloAuthenticator(secret: secret)
        id = UInt32(truncatingIfNeeded: firstBytes(ofSHA256: secret) >> 32)
    }

    /// The length of the authentication code: a shorter secret would be the weaker of the two.
    package static let secretBytesMin = 16
}

/// Seals and opens hello datagrams of one cluster.
package struct HelloKeyring: Sendable {
    package let clusterTag: UInt64
    /// The first one seals, each one opens: a key is rotated by adding it last everywhere, then
    /// moving it to the front, then taking the old one away.
    package let keys: [HelloKey]

    /// Nil without a key.
    package init?(clusterTag: UInt64, keys: [HelloKey]) {
        guard !keys.isEmpty else { return nil }
        self.clusterTag = clusterTag
        self.keys = keys
    }

    /// The cluster tag of a cluster whose `kube-system` namespace has this uid.
    package static func clusterTag(namespaceUID: String) -> UInt64 {
        firstBytes(ofSHA256: Array(namespaceUID.utf8))
    }

    /// The whole datagram; traps when the hello does not fit in one.
    package func seal(_ hello: Hello) -> [UInt8] {
        let key = keys[0]
        let signed = hello.datagramBytes - HelloLayout.authenticationBytes
        var bytes = ByteWriter.bytes(capacity: signed) { writer in
            hello.serialize(into: &writer, keyID: key.id, clusterTag: clusterTag)
        }
        let code = bytes.withUnsafeBytes { key.authenticator.code(of: $0) }
        bytes += code.prefix(HelloLayout.authenticationBytes)
        return bytes
    }

    /// The hello of a datagram that arrived with this TTL or hop limit.
    ///
    /// Checked in this order: hop limit, envelope, cluster, key, authentication code, fields. So
    /// nothing beyond 20 bytes is looked at before the code was found right.
    package func open(
        _ datagram: UnsafeRawBufferPointer, hopLimit: Int
    ) throws(HelloRefusal) -> Hello {
        guard hopLimit == Self.hopLimit else { throw .wrongHopLimit }
        var reader = ByteReader(datagram)
        let envelope = try HelloEnvelope(parsing: &reader, datagramBytes: datagram.count)
        guard envelope.clusterTag == clusterTag else { throw .foreignCluster }
        guard let key = keys.first(where: { $0.id == envelope.keyID }) else { throw .otherKey }
        let end = datagram.count - HelloLayout.authenticationBytes
        guard end >= HelloLayout.headerBytes else { throw .truncated }
        let signed = UnsafeRawBufferPointer(rebasing: datagram[..<end])
        let found = UnsafeRawBufferPointer(rebasing: datagram[end...])
        guard isEqual(found, key.authenticator.code(of: signed)) else { throw .forged }
        var body = ByteReader(UnsafeRawBufferPointer(rebasing: signed[reader.position...]))
        return try Hello(parsing: &body)
    }

    /// TTL and hop limit of every hello: it cannot have passed a router (RFC 5082).
    package static let hopLimit = 255
}

/// Of the first 16 bytes (RFC 2104 §5 allows half); takes the same time wherever the first
/// difference is.
private func isEqual(_ left: UnsafeRawBufferPointer, _ code: HMAC<SHA256>.MAC) -> Bool {
    guard left.count == HelloLayout.authenticationBytes else { return false }
    return code.withUnsafeBytes { code in
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ code[index] }
        return difference == 0
    }
}

private func firstBytes(ofSHA256 bytes: [UInt8]) -> UInt64 {
    SHA256.hash(data: bytes).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
}
