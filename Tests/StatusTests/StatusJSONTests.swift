import Laboratory
import Status
import Testing

/// The JSON of the control socket is a contract: keys, their order, and what has no key.
@Suite struct StatusJSONTests {
    /// The design's own text, its line breaks and the blank after each taken out.
    private let contract =
        #"{"node":"n1","version":"0.1.0","role":"leader","leader":"n1","#
        + #""api":{"connected":true,"server":"https://127.0.0.1:6481","staleSeconds":0},"#
        + #""pools":[{"name":"public","families":{"IPv4":{"total":16,"used":2,"available":14,"#
        + #""quarantined":0}}}],"#
        + #""addresses":[{"address":"192.0.2.16","pool":"public","services":["default/web"],"#
        + #""owner":"n2","state":"announced","epoch":3,"since":"2026-01-02T03:04:05Z","#
        + #""interface":"eth0"}],"#
        + #""members":[{"node":"n2","state":"alive","lastHeardMilliseconds":12,"addresses":1}],"#
        + #""pending":[{"service":"default/db","reason":"PoolExhausted","#
        + #""message":"pool public has no free IPv4 address"}]}"#

    @Test func theContractIsWrittenExactly() {
        #expect(contractStatus.document.json(.compact) == contract)
    }

    @Test func theContractIsReadBack() throws {
        #expect(try DaemonStatus(parsing: Array(contract.utf8)) == contractStatus)
    }

    @Test(arguments: NamedStatus.all)
    func golden(named: NamedStatus) throws {
        let text = named.status.document.json(.indented) + "\n"
        #expect(try GoldenText.difference(text, from: "status-\(named.name).json") == nil)
    }

    @Test func goldenServices() throws {
        let text = sampleListing.document.json(.indented) + "\n"
        #expect(try GoldenText.difference(text, from: "services.json") == nil)
    }

    @Test func goldenHistoryAndPlan() throws {
        for (name, document) in [
            ("history", sampleHistory.document), ("plan", samplePlan.document),
            ("drain", DrainAnswer(node: "n1", drained: true).document),
        ] {
            let text = document.json(.indented) + "\n"
            #expect(try GoldenText.difference(text, from: "\(name).json") == nil)
        }
    }

    @Test func roundTripHistoryPlanAndDrain() throws {
        #expect(
            try MoveHistory(parsing: Array(sampleHistory.document.json(.compact).utf8))
                == sampleHistory)
        #expect(
            try RebalancePlan(parsing: Array(samplePlan.document.json(.compact).utf8))
                == samplePlan)
        for isOrdered in [true, false] {
            let drain = DrainAnswer(node: "n1", drained: true, isOrdered: isOrdered)
            #expect(try DrainAnswer(parsing: Array(drain.document.json(.compact).utf8)) == drain)
        }
    }

    @Test(arguments: NamedStatus.all)
    func roundTrip(named: NamedStatus) throws {
        for layout in [Document.Layout.compact, .indented] {
            let json = Array(named.status.document.json(layout).utf8)
            #expect(try DaemonStatus(parsing: json) == named.status)
        }
    }

    @Test func roundTripServices() throws {
        let json = Array(sampleListing.document.json(.compact).utf8)
        #expect(try ServiceListing(parsing: json) == sampleListing)
    }

    /// Whatever is absent or present, and whatever is in the texts.
    @Test func randomStatusesComeBack() throws {
        var random = Seeded(state: 5)
        for _ in 0..<200 {
            let status = randomStatus(&random)
            let json = status.document.json(.compact)
            #expect(try DaemonStatus(parsing: Array(json.utf8)) == status, "\(json)")
        }
    }

    @Test func whatIsAbsentHasNoKey() {
        let json = emptyStatus.document.json(.compact)
        #expect(
            json == #"{"node":"n1","version":"0.1.0","role":"member","api":{"connected":false},"#
                + #""pools":[],"addresses":[],"members":[],"pending":[]}"#)
    }

    @Test func aNewerDaemonsFieldsAreNoError() throws {
        let newer = contract.replacing(#"{"node""#, with: #"{"new":{"a":[1]},"node""#)
        #expect(try DaemonStatus(parsing: Array(newer.utf8)) == contractStatus)
    }

    @Test(arguments: [
        ("not JSON", "<html>", "the text"),
        ("nothing", "", "the text"),
        ("a key less", #"{"node":"n1"}"#, "version is missing"),
        ("an unknown state", "\"state\":\"announced\"→\"state\":\"asleep\"", "addresses[0].state"),
        ("a wrong time", "03:04:05Z→03:04:05", "is not a time like 2026-01-02T03:04:05Z"),
        ("a wrong type", "\"total\":16→\"total\":\"16\"", "pools[0].families.IPv4.total"),
    ])
    func errorsNameThePlace(name: String, edit: String, expected: String) {
        let parts = edit.split(separator: "→")
        let json = parts.count == 2 ? contract.replacing(parts[0], with: parts[1]) : edit
        let error = #expect(throws: StatusParseError.self) {
            try DaemonStatus(parsing: Array(json.utf8))
        }
        #expect(error?.description.contains(expected) == true, "\(name): \(error as Any)")
        #expect(error?.description.hasPrefix("expected a daemon's status, but ") == true)
    }

    @Test(arguments: [
        ("quotes and backslash", "a\"b\\c", #""a\"b\\c""#),
        ("line ends and tab", "a\nb\r\tc", #""a\nb\r\tc""#),
        (
            "other control characters", "\u{0}\u{1b}[31m\u{7f}\u{9b}",
            #""\u0000\u001b[31m\u007f\u009b""#
        ),
        ("beyond ASCII", "größer 🦉", "\"größer 🦉\""),
        ("empty", "", "\"\""),
    ])
    func quotedText(name: String, text: String, quoted: String) {
        #expect(Document.quoted(text) == quoted)
    }
}
