import Timing

/// What was seen between two marks.
struct Phase {
    let name: String
    let duration: Duration
    /// Who-has requests for the first address.
    var requests = 0
    var unanswered = 0
    var outage = Duration.zero
    /// How late the probe itself was, at worst: between two requests.
    var longestSpacing = Duration.zero
    /// As many requests as two nodes answered, at their spacing.
    var twoAnswered = Duration.zero
    /// From the start to the last such request.
    var twoAnsweredUntil = Duration.zero
    /// How often another node answered than the one before.
    var moves = 0
    /// Link addresses that answered.
    var owners: [String] = []
    /// Of a client with the kernel's neighbour cache, for the address that had it worst.
    var clientOutage: Duration?
    /// From the start, by another node than the one that answered before.
    var firstAnnouncement: Duration?

    /// Times in milliseconds with one digit after the point; what was not watched has no key.
    var json: String {
        var fields = [
            "\"phase\":\"\(name)\"", "\"milliseconds\":\(Self.text(duration))",
            "\"requests\":\(requests)", "\"unanswered\":\(unanswered)",
            "\"outageMilliseconds\":\(Self.text(outage))",
            "\"longestSpacingMilliseconds\":\(Self.text(longestSpacing))",
            "\"twoAnsweredMilliseconds\":\(Self.text(twoAnswered))",
            "\"twoAnsweredUntilMilliseconds\":\(Self.text(twoAnsweredUntil))",
            "\"moves\":\(moves)",
        ]
        if let clientOutage {
            fields.append("\"clientOutageMilliseconds\":\(Self.text(clientOutage))")
        }
        if let firstAnnouncement {
            fields.append("\"firstAnnouncementMilliseconds\":\(Self.text(firstAnnouncement))")
        }
        let owners = owners.map { "\"\($0)\"" }.joined(separator: ",")
        fields.append("\"owners\":[\(owners)]")
        return "{\(fields.joined(separator: ","))}"
    }

    private static func text(_ duration: Duration) -> String {
        let tenths = (duration.nanoseconds + 50_000) / 100_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}
