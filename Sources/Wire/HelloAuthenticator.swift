import Crypto

/// HMAC-SHA256 (RFC 2104) under one key, whose two blocks are hashed once.
///
/// Every hello in and out needs a code, and preparing the key costs as much as the hello does.
struct HelloAuthenticator: Sendable {
    private let inner: SHA256
    private let outer: SHA256

    init(secret: [UInt8]) {
        let short = secret.count > SHA256.blockByteCount ? Array(SHA256.hash(data: secret)) : secret
        let block = short + Array(repeating: 0, count: SHA256.blockByteCount - short.count)
        inner = Self.begun(block.map { $0 ^ 0x36 })
        outer = Self.begun(block.map { $0 ^ 0x5C })
    }

    /// All 32 bytes of the code.
    func code(of bytes: UnsafeRawBufferPointer) -> SHA256Digest {
        var inner = inner
        inner.update(bufferPointer: bytes)
        var outer = outer
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        return outer.finalize()
    }

    private static func begun(_ block: [UInt8]) -> SHA256 {
        var hash = SHA256()
        block.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return hash
    }
}
