import Glibc
import Laboratory
import Testing

/// What the other tests lean on: programs and namespaces do as they are told.
@Suite struct LaboratoryTests {
    @Test func outputIsSeenWhileTheProgramRunsAndSIGTERMEndsIt() throws {
        let program = try RunningCommand("sh", ["-c", "echo here; exec sleep 60"])
        try eventually("its output is seen") { program.outputSoFar == "here\n" }
        program.signal(SIGTERM)
        #expect(try program.wait(timeout: .seconds(5)).status == 128 + SIGTERM)
    }

    @Test func aNamespaceIsGoneOnceItIsClosed() throws {
        let node = try NetworkNamespace("short-lived")
        #expect(try Command.run("ip", ["netns", "list"]).output.contains(node.name))
        node.close()
        #expect(try !Command.run("ip", ["netns", "list"]).output.contains(node.name))
        #expect(throws: (any Error).self) { try node.enter {} }
    }

    @Test func onlyTheThreadThatEnteredIsInTheNamespace() throws {
        let node = try NetworkNamespace()
        try node.ip("link", "add", "marker", "type", "bridge")
        #expect(try node.enter { if_nametoindex("marker") } > 0)
        #expect(if_nametoindex("marker") == 0)
    }

    @Test func nodesOnASegmentReachEachOther() throws {
        let segment = try Segment()
        let one = try NetworkNamespace("one")
        let two = try NetworkNamespace("two")
        try segment.plug(one, addresses: ["192.0.2.1/24"])
        let port = try segment.plug(two, addresses: ["192.0.2.2/24"])
        func answers() throws -> Bool {
            try one.run("arping", ["-c", "1", "-w", "1", "-I", "eth0", "192.0.2.2"]).succeeded
        }
        try eventually("two answers") { try answers() }
        try segment.pull(port)
        #expect(try !answers())
    }
}
