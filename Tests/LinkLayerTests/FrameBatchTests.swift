import Addressing
import Laboratory
import Testing
import Wire

@testable import LinkLayer

/// Many frames by one call, on a real link.
@Suite struct FrameBatchTests {
    typealias Sockets = PacketSocketTests
    static let count = FrameBatch.countMax

    /// Probes for consecutive addresses, so that each is told from the others.
    static func probe(_ number: Int) -> ARPFrame {
        .probe(for: IPv4Address(bits: 0x0A00_0000 + UInt32(number)), from: Sockets.far)
    }

    static func append(_ frame: ARPFrame, to batch: inout FrameBatch) {
        batch.append { room in
            frame.serialize(into: room)
            return UnsafeRawBufferPointer(rebasing: room[..<ARPFrame.byteCount])
        }
    }

    /// One more than one call takes: the order stays, and nothing is lost or doubled.
    @Test(arguments: [1, 2, count, count + 1])
    func framesArriveOneByOneAsTheyWereSent(frames: Int) throws {
        let pair = try Sockets.Pair()
        let receiver = try Sockets.open(pair.nearLink, in: pair.near)
        let sender = try Sockets.open(pair.farLink, in: pair.far)
        var sent = FrameBatch(capacity: 64)
        for number in 0..<frames {
            Self.append(Self.probe(number), to: &sent)
            guard sent.count == Self.count || number == frames - 1 else { continue }
            #expect(try sender.send(sent) == 0)
            sent.removeAll()
        }
        var received: [ARPFrame] = []
        var batch = FrameBatch(capacity: 64)
        try eventually("all have arrived") {
            try receiver.receive(into: &batch)
            for index in 0..<batch.count {
                received.append(try ARPFrame(parsing: batch.bytes(index)))
            }
            return received.count >= frames
        }
        #expect(received == (0..<frames).map(Self.probe))
        try receiver.receive(into: &batch)
        #expect(batch.count == 0)
    }

    @Test func noMoreAreTakenThanWereAskedFor() throws {
        let pair = try Sockets.Pair()
        let receiver = try Sockets.open(pair.nearLink, in: pair.near)
        let sender = try Sockets.open(pair.farLink, in: pair.far)
        for number in 0..<4 { #expect(try Sockets.send(Self.probe(number), by: sender)) }
        var batch = FrameBatch(capacity: 64)
        try eventually("the first has arrived") {
            try receiver.receive(into: &batch, atMost: 1)
            return batch.count > 0
        }
        #expect(batch.count == 1)
        #expect(try ARPFrame(parsing: batch.bytes(0)) == Self.probe(0))
        try receiver.receive(into: &batch, atMost: 2)
        #expect(batch.count == 2)
        #expect(try ARPFrame(parsing: batch.bytes(1)) == Self.probe(2))
    }

    /// A frame that is longer than there is room for is cut, whether it came alone or with others.
    @Test(arguments: [1, count]) func aLongFrameIsCut(limit: Int) throws {
        let pair = try Sockets.Pair()
        let receiver = try Sockets.open(pair.nearLink, in: pair.near)
        let sender = try Sockets.open(pair.farLink, in: pair.far)
        #expect(try Sockets.send(Self.probe(0), by: sender))
        var batch = FrameBatch(capacity: 32)
        try eventually("it has arrived") {
            try receiver.receive(into: &batch, atMost: limit)
            return batch.count > 0
        }
        #expect(batch.bytes(0).count == 32)
        #expect(throws: ParseError.self) { try ARPFrame(parsing: batch.bytes(0)) }
    }

    @Test func aLinkThatIsDownLosesThemAll() throws {
        let pair = try Sockets.Pair()
        let sender = try Sockets.open(pair.nearLink, in: pair.near)
        try pair.near.ip("link", "set", "eth0", "down")
        var batch = FrameBatch(capacity: 64)
        for number in 0..<3 { Self.append(Self.probe(number), to: &batch) }
        #expect(try sender.send(batch) == 3)
    }
}
