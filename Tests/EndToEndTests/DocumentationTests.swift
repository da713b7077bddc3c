import Foundation
import Laboratory
import TestTraits
import Testing

/// What the papers say is there.
@Suite(.blocking) struct DocumentationTests {
    private let readme: String

    init() throws { readme = try Self.text(of: "README.md") }

    @Test(arguments: ["README.md", "CHANGELOG.md", "SECURITY.md"])
    func linksToFilesLeadSomewhere(page: String) throws {
        let links = try Self.text(of: page).matches(of: #/\]\(([^)#]+)\)/#)
            .map { String($0.output.1) }.filter { !$0.hasPrefix("https://") }
        for link in links {
            let file = Manifest.repository.appendingPathComponent(link).path
            #expect(FileManager.default.fileExists(atPath: file), "\(page) links to \(link)")
        }
    }

    /// Module maps of C libraries apart, every folder of sources has its line.
    @Test func everyFolderOfSourcesIsExplained() throws {
        let folders = try FileManager.default.contentsOfDirectory(
            atPath: Manifest.repository.appendingPathComponent("Sources").path)
        let systemLibraries = folders.filter { $0.hasPrefix("C") }
        for folder in Set(folders).subtracting(systemLibraries).sorted() {
            #expect(readme.contains("`\(folder)`"), "README does not explain Sources/\(folder)")
        }
    }

    /// The commands that it tells people to type exist.
    @Test(arguments: ["demo", "test", "test-cluster", "install", "bench-cluster", "bench-failover"])
    func theTargetsOfMakeExist(target: String) throws {
        #expect(readme.contains("make \(target)"))
        let dryRun = try Command.run(
            "make",
            [
                "-n", "-C", Manifest.repository.path, target, "DESTDIR=/nowhere",
                "KUBEBUILDER_ASSETS=/nowhere",
            ])
        #expect(dryRun.succeeded, "\(dryRun.errorOutput)")
    }

    @Test func theShownStatusHasTheColumnsOfTheRealOne() throws {
        let world = try World()
        let node = try world.node()
        try node.start()
        let real = try node.heraldctl("status").output
        // Heads and titles begin with a capital, names of pools and addresses do not.
        for line in real.split(separator: "\n") where line.first?.isUppercase == true {
            let word = line.prefix { $0 != " " }
            #expect(readme.contains("\n\(word) "), "README shows no line \(word): \(real)")
        }
        withExtendedLifetime(world) {}
    }

    @Test func theNewestVersionOfTheChangelogIsThisOne() throws {
        let version = try Command.run(BuiltProgram.path("heraldctl"), ["--version"]).output
            .split(separator: " ").last.map { $0.trimmingCharacters(in: .newlines) }
        let newest = try Self.text(of: "CHANGELOG.md").firstMatch(of: #/\n## \[([0-9.]+)\]/#)
        #expect(newest.map { String($0.output.1) } == version)
    }

    private static func text(of file: String) throws -> String {
        try String(
            contentsOf: Manifest.repository.appendingPathComponent(file), encoding: .utf8)
    }
}
