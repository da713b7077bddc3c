import Testing

/// One rule of the house that a machine can see broken in the text of a file.
struct TidyRule: Sendable, CustomTestStringConvertible {
    let name: String
    let appliesTo: @Sendable (SourceFile) -> Bool
    /// The broken places: line and what is there.
    let findings: @Sendable (SourceFile) -> [String]

    var testDescription: String { name }

    func broken(in file: SourceFile) -> [String] {
        appliesTo(file) ? findings(file).map { "\(file.path):\($0)" } : []
    }

    /// Rooms that hold decisions: values in, values out.
    static let decidingRooms: Set = [
        "Addressing", "Allocation", "JSON", "Ownership", "Timing", "Wire",
    ]

    /// It hashes by the process's own seed, against chosen keys, and gives elements by key only.
    static let tableWhosePlacesReachNobody = "Sources/Allocation/CompactTable.swift"

    static let all: [TidyRule] = [
        fileLength, functionLength, noTraps, essentials, purity, structuredTasks, noMarks,
        documentedTypes, plainNames, noSkips,
    ]
}

extension TidyRule {
    static let fileLinesMax = 400
    static let functionLinesMax = 60

    static let fileLength = TidyRule(
        name: "a file has at most \(fileLinesMax) lines", appliesTo: { _ in true },
        findings: { $0.lines.count > fileLinesMax ? ["\($0.lines.count) lines"] : [] })

    /// By indentation: a function ends at the first closing brace in its own column.
    static let functionLength = TidyRule(
        name: "a function has at most \(functionLinesMax) lines", appliesTo: \.isSource,
        findings: { file in
            let heads = file.matches(#"^ *([a-z@(][A-Za-z()]* )*(func |init[(?<])"#, in: file.lines)
            return heads.compactMap { head in
                let indentation = file.lines[head].prefix { $0 == " " }
                let end = file.lines[head...].firstIndex { $0.hasPrefix(indentation + "}") }
                let count = (end ?? head) - head + 1
                return count > functionLinesMax ? "\(head + 1): \(count) lines" : nil
            }
        })

    static let noTraps = code(
        "no force unwrap, try!, as!, @unchecked Sendable", \.isSource,
        #"try!|\bas!|@unchecked Sendable|[\])A-Za-z0-9_]!([.,) ]|$)"#)

    static let essentials = code(
        "no full Foundation in what is installed", \.isSource,
        #"^ *(@[A-Za-z]+ )?import Foundation$"#)

    static let purity = code(
        "no clock, socket, log or randomness where decisions are made",
        {
            $0.isSource && decidingRooms.contains($0.room)
                && $0.path != tableWhosePlacesReachNobody
        },
        #"import (Foundation|Glibc|NIO|Logging|Dispatch)|\basync\b|\bprint\("#
            + #"|(Continuous|Suspending)Clock|\.random\(|RandomNumberGenerator|\bHasher\(|\bhashValue\b"#
    )

    static let structuredTasks = code(
        "no unstructured task outside the daemon", { $0.isSource && $0.room != "Daemon" },
        #"\bTask(\.detached)? *\{"#)

    static let plainNames = code(
        "a type's name says what it is", { $0.room != "TidyTests" },
        #"\b(struct|class|enum|actor|protocol) +\w*(Manager|Helper|Processor|Utils?|Info|Data)\b"#)

    static let noSkips = code(
        "no test that may be left out", { !$0.isSource && $0.room != "TidyTests" },
        #"\.disabled\(|\.enabled\(if|XCTSkip"#)

    /// In comments too.
    static let noMarks = TidyRule(
        name: "nothing unfinished", appliesTo: { $0.room != "TidyTests" },
        findings: { $0.quoted($0.matches(#"\b(TODO|FIXME|XXX|HACK)\b"#, in: $0.lines)) })

    /// What others of the package use says in a sentence what it is.
    static let documentedTypes = TidyRule(
        name: "a type that others use is documented", appliesTo: \.isSource,
        findings: { file in
            let types = file.matches(
                #"^package (final |indirect )*(struct|class|enum|actor|protocol) "#, in: file.lines)
            return file.quoted(
                types.filter { type in
                    file.lines[..<type].last { !$0.hasPrefix("@") }?.hasPrefix("///") != true
                })
        })

    /// No line of code, comments apart, may match `pattern`.
    private static func code(
        _ name: String, _ appliesTo: @escaping @Sendable (SourceFile) -> Bool, _ pattern: String
    ) -> TidyRule {
        TidyRule(
            name: name, appliesTo: appliesTo,
            findings: { $0.quoted($0.matches(pattern, in: $0.code)) })
    }
}
