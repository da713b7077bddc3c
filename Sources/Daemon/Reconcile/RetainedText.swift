import Addressing
import Allocation
import PoolFile

/// What freed addresses rest or wait for their former holders, as the ConfigMap carries it: one
/// line an address, `192.0.2.16 shop/web retain=24h rest=30s`, by address.
///
/// Times are what was left when it was written, never a wall clock's: a change of leader may
/// lengthen them, not shorten.
enum RetainedText {
    /// Addresses written at most, so that names of any length stay below the server's 1 MiB for a
    /// ConfigMap; those with the least time left are dropped first.
    static let addressesMax = 4_096
    /// Bytes read at most; the server refuses more.
    static let bytesMax = 1 << 20
    /// Stands for the service of an address that only rests.
    private static let nobody = "-"

    /// A line that cannot be read: all lines are refused.
    struct Refusal: Error, Hashable, CustomStringConvertible {
        let line: Int
        let text: String

        var description: String {
            "line \(line) is \"\(text.prefix(200))\", not ADDRESS NAMESPACE/NAME retain=TIME "
                + "rest=TIME"
        }
    }

    static func render(_ list: [RetainedAddress]) -> String {
        bounded(list).map { entry in
            let service = entry.service.name.isEmpty ? nobody : "\(entry.service)"
            return "\(entry.address) \(service) retain=\(DurationText.render(entry.retain)) "
                + "rest=\(DurationText.render(entry.rest))\n"
        }.joined()
    }

    private static func bounded(_ list: [RetainedAddress]) -> [RetainedAddress] {
        guard list.count > addressesMax else { return list.sorted() }
        func left(_ entry: RetainedAddress) -> Duration { max(entry.retain, entry.rest) }
        return list.sorted { left($0) == left($1) ? $0 < $1 : left($0) > left($1) }
            .prefix(addressesMax).sorted()
    }

    /// All or nothing: throws for the first line that is none of ours.
    static func parse(_ text: String) throws(Refusal) -> [RetainedAddress] {
        guard text.utf8.count <= bytesMax else {
            throw Refusal(line: 0, text: "\(text.utf8.count) bytes")
        }
        var list: [RetainedAddress] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated() where !line.isEmpty
        {
            guard let entry = entry(line), list.count < addressesMax else {
                throw Refusal(line: index + 1, text: String(line))
            }
            list.append(entry)
        }
        return list
    }

    private static func entry(_ line: Substring) -> RetainedAddress? {
        let fields = line.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count == 4, let address = try? IPAddress(String(fields[0])),
            let service = service(fields[1]), let retain = duration(fields[2], "retain="),
            let rest = duration(fields[3], "rest=")
        else { return nil }
        return RetainedAddress(address, service: service, retain: retain, rest: rest)
    }

    private static func service(_ text: Substring) -> ServiceKey? {
        if text == nobody { return ServiceKey(namespace: "", name: "") }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        return ServiceKey(namespace: String(parts[0]), name: String(parts[1]))
    }

    private static func duration(_ text: Substring, _ name: String) -> Duration? {
        guard text.hasPrefix(name) else { return nil }
        return DurationText.parse(String(text.dropFirst(name.count)))
    }
}
