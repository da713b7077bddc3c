import Crypto
import Testing

@testable import Wire

/// Codes of hellos beside published ones and beside another implementation.
@Suite struct HelloAuthenticatorTests {
    struct Vector: CustomTestStringConvertible {
        let testDescription: String
        let key: [UInt8]
        let bytes: [UInt8]
        let code: String
    }

    /// RFC 4231 §4; case 5 is about cutting the code.
    static let vectors = [
        Vector(
            testDescription: "case 1", key: .init(repeating: 0x0B, count: 20),
            bytes: Array("Hi There".utf8),
            code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        Vector(
            testDescription: "case 2, a short key", key: Array("Jefe".utf8),
            bytes: Array("what do ya want for nothing?".utf8),
            code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        Vector(
            testDescription: "case 3, as long as a block together",
            key: .init(repeating: 0xAA, count: 20), bytes: .init(repeating: 0xDD, count: 50),
            code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        Vector(
            testDescription: "case 4", key: Array(0x01...0x19),
            bytes: .init(repeating: 0xCD, count: 50),
            code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        Vector(
            testDescription: "case 6, a key longer than a block",
            key: .init(repeating: 0xAA, count: 131),
            bytes: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    ]

    @Test(arguments: vectors) func publishedCode(_ vector: Vector) {
        let authenticator = HelloAuthenticator(secret: vector.key)
        let code = vector.bytes.withUnsafeBytes { authenticator.code(of: $0) }
        let text = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(text == vector.code)
    }

    /// Every length about the block's, of key and of bytes; one authenticator serves all.
    @Test func asTheLibraryComputesIt() {
        for keyBytes in [16, 63, 64, 65, 200] {
            let secret = (0..<keyBytes).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) }
            let authenticator = HelloAuthenticator(secret: secret)
            for count in [0, 1, 55, 56, 63, 64, 65, 900, HelloLayout.datagramBytesMax] {
                let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
                let code = bytes.withUnsafeBytes { authenticator.code(of: $0) }
                let expected = HMAC<SHA256>.authenticationCode(
                    for: bytes, using: SymmetricKey(data: secret))
                #expect(Array(code) == Array(expected), "key of \(keyBytes), \(count) bytes")
            }
        }
    }
}
