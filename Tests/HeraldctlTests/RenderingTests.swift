import Laboratory
import Status
import Testing

@testable import heraldctl

/// Every renderer's text is held against a file; `REWRITE=1` writes them anew.
@Suite struct RenderingTests {
    private static let screens: [(name: String, screen: Screen)] = [
        ("table", Screen(isWide: false, isColoured: false)),
        ("wide", Screen(isWide: true, isColoured: false)),
        ("colour", Screen(isWide: false, isColoured: true)),
    ]

    @Test(arguments: ["contract", "full", "empty"])
    func statusText(of answer: String) throws {
        let status = try Answers.status(answer)
        for (name, screen) in Self.screens {
            let text = status.text(on: screen) + "\n"
            #expect(try GoldenText.difference(text, from: "status-\(answer).\(name).txt") == nil)
        }
    }

    @Test func servicesText() throws {
        let services = try Answers.services().services
        for (name, screen) in Self.screens {
            let text = services.table(on: screen) + "\n"
            #expect(try GoldenText.difference(text, from: "services.\(name).txt") == nil)
        }
    }

    @Test(arguments: ["contract", "full", "empty"])
    func statusYAML(of answer: String) throws {
        let text = try Answers.status(answer).document.yaml + "\n"
        #expect(try GoldenText.difference(text, from: "status-\(answer).yaml") == nil)
    }

    @Test func servicesYAML() throws {
        let text = try Answers.services().document.yaml + "\n"
        #expect(try GoldenText.difference(text, from: "services.yaml") == nil)
    }

    @Test func colourAddsCodesAndNothingElse() throws {
        for answer in ["contract", "full", "empty"] {
            let status = try Answers.status(answer)
            let coloured = status.text(on: Screen(isWide: false, isColoured: true))
            let plain = status.text(on: Screen(isWide: false, isColoured: false))
            #expect(coloured.replacing(#/\u{1b}\[[0-9]+m/#, with: "") == plain)
            #expect(coloured != plain)
        }
    }

    @Test(arguments: [
        ("a terminal", true, nil, "xterm", true),
        ("a pipe", false, nil, "xterm", false),
        ("NO_COLOR", true, "1", "xterm", false),
        ("NO_COLOR, but empty", true, "", "xterm", true),
        ("a terminal without colour", true, nil, "dumb", false),
        ("no TERM", true, nil, nil, true),
    ])
    func colourIsForTerminals(
        name: String, isTerminal: Bool, noColour: String?, terminal: String?, wanted: Bool
    ) {
        let wants = wantsColour(isTerminal: isTerminal, noColour: noColour, terminal: terminal)
        #expect(wants == wanted)
    }
}
