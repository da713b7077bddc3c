import Files
import Testing

@testable import Daemon

@Suite struct DrainOrderTests {
    @Test(arguments: [true, false])
    func anOrderIsReadAsItWasWritten(drains: Bool) {
        let order = DrainOrder.new(drains: drains)
        #expect(DrainOrder(text: order.text) == order)
        #expect(DrainOrder.new(drains: drains) != order, "each is new")
    }

    @Test(arguments: ["", "drain", "drains 1", "undrain 1 2", "true"])
    func whatSomebodyTypedIsNoOrder(text: String) {
        #expect(DrainOrder(text: text) == nil)
    }

    /// An order is kept with the record that it changed, and an older record has none.
    @Test func theRecordKeepsTheLastOrder() throws {
        try StateDirectoryTests.withFolder { path in
            let directory = try StateDirectory(path: path)
            try AtomicFile.write(
                Array(#"{"drained":true,"incarnation":4}"#.utf8), to: path + "/node.json")
            let file = try NodeRecordFile(in: directory)
            #expect(file.record == NodeRecord(incarnation: 5, drained: true))
            try file.update { $0.order = "x1" }
            #expect(try directory.countStart().order == "x1")
        }
    }
}
