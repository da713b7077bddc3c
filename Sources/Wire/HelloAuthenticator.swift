import Crypto

/// HMAC-SHA256 (RFC 2104) under one key, which is prepared once.
///
/// Every hello in and out needs a code, and preparing the key costs as much as the hello does.
struct HelloAuthenticator: Sendable {
    private let prepared: HMAC<SHA256>

    init(secret: [UInt8]) {
        prepared = HMAC(key: SymmetricKey(data: secret))
    }

    /// All 32 bytes of the code.
    func code(of bytes: UnsafeRawBufferPointer) -> HMAC<SHA256>.MAC {
        var code = prepared
        code.update(data: bytes)
        return code.finalize()
    }
}
