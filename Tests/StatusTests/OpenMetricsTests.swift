import Laboratory
import Status
import Testing

@Suite struct OpenMetricsTests {
    @Test(arguments: NamedStatus.all)
    func golden(named: NamedStatus) throws {
        let difference = try GoldenText.difference(
            named.status.openMetrics, from: "metrics-\(named.name).txt")
        #expect(difference == nil)
    }

    @Test func theContentTypeNamesTheFormat() {
        #expect(
            DaemonStatus.openMetricsContentType
                == "application/openmetrics-text; version=1.0.0; charset=utf-8")
    }

    /// OpenMetrics 1.0: families declared once and before their samples, which stay together; TYPE,
    /// UNIT, HELP; a unit ends the name; no series twice; `# EOF` ends the text.
    @Test(arguments: NamedStatus.all)
    func theTextObeysTheFormat(named: NamedStatus) throws {
        #expect(named.status.openMetrics.hasSuffix("\n# EOF\n"))
        var families: [String: String] = [:]
        var series: Set<Substring> = []
        var current = ""
        for line in named.status.openMetrics.split(separator: "\n").dropLast() {
            let words = line.split(separator: " ", maxSplits: 3)
            if words[0] != "#" {
                let name = line.prefix { $0 != "{" && $0 != " " }
                let suffixes = ["info": "_info", "counter": "_total"]
                #expect(name == current + (families[current].flatMap { suffixes[$0] } ?? ""))
                let (inserted, _) = series.insert(
                    line.prefix(upTo: line.lastIndex(of: " ") ?? line.startIndex))
                #expect(inserted, "twice: \(line)")
                #expect(Double(line.split(separator: " ").last ?? "") != nil, "\(line)")
            } else if words[1] == "TYPE" {
                current = String(words[2])
                #expect(current.hasPrefix("herald_"))
                #expect(families.updateValue(String(words[3]), forKey: current) == nil)
            } else if words[1] == "UNIT" {
                #expect(words[2] == current && current.hasSuffix("_" + words[3]))
            } else {
                #expect(words[1] == "HELP" && words[2] == current)
            }
        }
        #expect(families.count == (named.status.hellos == nil ? 19 : 23))
    }

    @Test func labelsAreEscaped() {
        let status = DaemonStatus(
            node: "a\"b\\c\nd", version: "0.1.0", role: .member, leader: nil,
            api: APIStatus(connected: false, server: nil, staleSeconds: nil), pools: [],
            addresses: [], members: [], pending: [])
        #expect(status.openMetrics.contains(#"herald_daemon_info{node="a\"b\\c\nd","#))
    }

    @Test func countsAreWrittenWhole() {
        #expect(
            fullStatus.openMetrics.contains(
                "herald_pool_addresses{pool=\"public\",family=\"IPv6\"} 9007199254740991\n"))
    }
}
