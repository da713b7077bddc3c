import Addressing
import Laboratory
import LinkLayer
import Testing
import Wire

@testable import Daemon

/// A socket of the client's for Neighbor Discovery, to say what programs do not.
///
/// Opened on another thread and used on one only.
struct TestDiscovery: Sendable {
    nonisolated(unsafe) private let socket: PacketSocket

    init(in test: TestSegment) throws {
        let link = try TestSegment.link(in: test.client)
        self = try test.client.enter {
            TestDiscovery(
                try PacketSocket(for: .ipv6, on: link, filter: .neighborDiscovery))
        }
    }

    private init(_ socket: PacketSocket) {
        self.socket = socket
    }

    func send(_ frame: NDFrame) throws {
        try send(Self.bytes(frame))
    }

    func send(_ bytes: [UInt8]) throws {
        let isTaken = try bytes.withUnsafeBytes { try socket.send($0) }
        #expect(isTaken)
    }

    static func bytes(_ frame: NDFrame) -> [UInt8] {
        ByteWriter.bytes(capacity: NDFrame.byteCountMax) { frame.serialize(into: &$0) }
    }

    func receive() throws -> NDFrame? {
        var bytes = [UInt8](repeating: 0xA5, count: 1_536)
        return try bytes.withUnsafeMutableBytes { buffer in
            try socket.receive(into: buffer).map { try NDFrame(parsing: $0) }
        }
    }

    /// Sends a frame, then a solicitation that is answered: what the responder says to the frame
    /// comes first.
    ///
    /// - Returns: the answer to the frame; nil when there was none.
    func ask(
        _ bytes: [UInt8], whileServing answered: IPv6Address = TestSegment.servedIPv6
    ) throws -> NDFrame? {
        let markersAddress = IPv6Address(bits: 0xFD00 << 112 | 99)
        while try receive() != nil {}
        try send(bytes)
        try send(.request(for: answered, from: TestSegment.clientAddress, at: markersAddress))
        var answer: NDFrame?
        try eventually("the marker is answered") {
            while let frame = try receive() {
                guard case .advertisement = frame.message, frame.sender == answered else {
                    continue
                }
                if frame.receiver == markersAddress { return true }
                answer = answer ?? frame
            }
            return false
        }
        return answer
    }
}
