import Addressing
import Crypto
import Wire

/// Hellos of every shape, the same for the same seed.
struct RandomHello {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ limit: Int) -> Int {
        state = StableHash.mixed(state)
        return Int(state % UInt64(max(limit, 1)))
    }

    mutating func next() -> Hello {
        var hello = Hello(
            node: String(repeating: "x", count: 1 + below(below(2) == 0 ? 20 : 253)),
            incarnation: UInt32(below(1 << 32)), sequence: state,
            periodMilliseconds: UInt16(1 + below(10_000)), misses: UInt8(3 + below(48)),
            flags: Hello.Flags(rawValue: UInt16(below(1 << 16))),
            linkAddress: LinkAddress(bits: state), addresses: (0..<below(9)).map { _ in address() },
            poolSetHash: state)
        hello.claimCount = UInt32(below(1 << 32))
        hello.claimDigest = state
        fill(&hello)
        return hello
    }

    private mutating func fill(_ hello: inout Hello) {
        switch below(3) {
        case 0: hello.coverage = Hello.everything
        case 1:
            let (one, other) = (address(), address())
            hello.coverage = min(one, other)...max(one, other)
        default: break
        }
        let wanted = below(60)
        for _ in 0..<wanted where hello.datagramBytes + 29 <= HelloLayout.datagramBytesMax {
            let epoch = UInt32(below(1 << 32))
            switch below(6) {
            case 0:
                hello.heard.append(
                    .init(
                        nodeTag: state, incarnation: epoch,
                        ageMilliseconds: below(4) == 0 ? nil : UInt16(below(65_535))))
            case 1:
                hello.claims.append(
                    .init(
                        address(), epoch: epoch, isStrong: below(2) == 0, isOffered: below(2) == 0,
                        isWithheld: below(2) == 0))
            case 2: hello.yields.append(.init(address(), epoch: epoch))
            case 3: hello.gone.append(.init(address(), epoch: epoch))
            case 4:
                hello.findings.append(.init(address(), epoch: epoch, isAnswered: below(2) == 0))
            default:
                hello.vouched.append(
                    .init(address(), epoch: epoch, isStrong: below(2) == 0, ownerTag: state))
            }
        }
    }

    private mutating func address() -> IPAddress {
        below(2) == 0
            ? .ipv4(IPv4Address(bits: UInt32(below(1 << 32))))
            : .ipv6(IPv6Address(bits: UInt128(UInt64(below(.max))) << 64 | UInt128(state)))
    }
}

/// Datagrams that were changed by somebody who has the key.
enum Resealed {
    /// Changes the bytes before the authentication code, puts the length right, signs again.
    static func edit(
        _ datagram: [UInt8], key letter: String, _ edit: (inout [UInt8]) -> Void
    ) throws -> [UInt8] {
        var bytes = Array(datagram.dropLast(HelloLayout.authenticationBytes))
        edit(&bytes)
        let length = bytes.count + HelloLayout.authenticationBytes
        bytes[6] = UInt8(truncatingIfNeeded: length >> 8)
        bytes[7] = UInt8(truncatingIfNeeded: length)
        let key = SymmetricKey(data: Array(String(repeating: letter, count: 32).utf8))
        let code = HMAC<SHA256>.authenticationCode(for: bytes, using: key)
        return bytes + code.prefix(HelloLayout.authenticationBytes)
    }
}
