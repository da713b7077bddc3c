import Addressing
import Ownership
import Timing

/// Why a text is no plan: the line and what was wrong with it.
package struct PlanError: Error, Hashable, Sendable, CustomStringConvertible {
    package let line: Int
    package let text: String
    package let reason: String

    package var description: String { "line \(line): \"\(text)\" \(reason)" }
}

// The text form: one setting or fault a line, `#` begins a title line.
extension Plan {
    package init(parsing text: String) throws {
        self.init()
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let words = line.split(separator: " ").map(String.init)
            guard let first = words.first else { continue }
            func wrong(_ reason: String) -> PlanError {
                PlanError(line: number + 1, text: String(line), reason: reason)
            }
            if first.hasPrefix("#") {
                title.append(line.drop { $0 == "#" || $0 == " " }.description)
            } else if let at = Self.moment(first) {
                faults.append(try Self.fault(at, Array(words.dropFirst()), wrong))
            } else {
                try set(first, Array(words.dropFirst()), wrong)
            }
        }
    }

    private mutating func set(
        _ name: String, _ values: [String], _ wrong: (String) -> PlanError
    ) throws {
        func number() throws -> Int {
            guard let value = values.first.flatMap({ Int($0) }) else {
                throw wrong("wants a number")
            }
            return value
        }
        func duration() throws -> Duration {
            guard let value = values.first.flatMap(Self.moment) else {
                throw wrong("wants seconds with three decimals")
            }
            return value - .zero
        }
        switch name {
        case "nodes": nodes = try number()
        case "addresses": addresses = try number()
        case "links": links = try number()
        case "seed": seed = UInt64(try number())
        case "loss": lossPerMillion = try number()
        case "duplicates": duplicatesPerMillion = try number()
        case "spikes": spikesPerMillion = try number()
        case "clock-error": clockErrorPerMillion = Int64(try number())
        case "start-spread": startSpread = try duration()
        case "watch-delay": watchDelay = try duration()
        case "lateness": lateness = try duration()
        case "ask-every": askEvery = try duration()
        case "wire-truth": wireTruth = try duration()
        case "on-conflict":
            guard let value = values.first.flatMap(ConflictPolicy.init(rawValue:)) else {
                throw wrong("names no policy: defend, yield, report")
            }
            onConflict = value
        case "settling": settling = try duration()
        case "end": end = Moment.zero + (try duration())
        case "both-families": bothFamilies = true
        case "rebalances": rebalances = true
        case "rebalance-auto": rebalancesByItself = true
        case "absent": absent = values.compactMap(Self.node)
        case "unallocated": unallocated = values.compactMap(Self.address)
        case "profile":
            guard let value = values.first.flatMap(Profile.init(rawValue:)) else {
                throw wrong("names no profile: fast, normal, cautious")
            }
            profile = value
        default: throw wrong("is no setting")
        }
    }

    private static func fault(
        _ at: Moment, _ words: [String], _ wrong: (String) -> PlanError
    ) throws -> Fault {
        guard let verb = words.first.flatMap(Fault.Verb.init(rawValue:)) else {
            throw wrong("names no fault")
        }
        var fault = Fault(at: at, verb)
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            if let node = node(word) {
                fault.nodes.append(node)
            } else if word == "clients" {
                fault.withClients = true
            } else if word == "for", let lasts = rest.popFirst().flatMap(moment) {
                fault.lasts = lasts - .zero
            } else if let amount = Int(word) {
                fault.amount = amount
            } else if let address = address(word) {
                fault.address = address
            } else {
                throw wrong("has \"\(word)\", which is no node, address, amount or duration")
            }
        }
        return fault
    }

    static func node(_ word: String) -> Int? {
        guard word.first == "n", let number = Int(word.dropFirst()), number > 0 else { return nil }
        return number - 1
    }

    static func address(_ word: String) -> Int? {
        (try? IPAddress(word)).flatMap(Names.index)
    }

    /// Seconds with exactly three decimals.
    static func moment(_ word: String) -> Moment? {
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count == 3, let seconds = Int64(parts[0]),
            let milliseconds = Int64(parts[1]), seconds >= 0, milliseconds >= 0
        else { return nil }
        return Moment(nanoseconds: (seconds * 1000 + milliseconds) * 1_000_000)
    }
}

extension Plan: CustomStringConvertible {
    /// Settings that differ from the defaults, then the faults in order; parses back to this plan.
    package var description: String {
        let usual = Plan()
        var lines = title.map { "# \($0)" }
        func add(_ isUnusual: Bool, _ line: String) {
            if isUnusual { lines.append(line) }
        }
        func seconds(_ duration: Duration) -> String { secondsText(duration.nanoseconds) }
        add(true, "nodes \(nodes)")
        add(true, "addresses \(addresses)")
        add(links != usual.links, "links \(links)")
        add(profile != usual.profile, "profile \(profile.rawValue)")
        add(bothFamilies, "both-families")
        add(true, "seed \(seed)")
        add(lossPerMillion > 0, "loss \(lossPerMillion)")
        add(duplicatesPerMillion > 0, "duplicates \(duplicatesPerMillion)")
        add(spikesPerMillion > 0, "spikes \(spikesPerMillion)")
        add(startSpread != usual.startSpread, "start-spread \(seconds(startSpread))")
        add(!absent.isEmpty, "absent " + absent.map(Names.node).joined(separator: " "))
        add(!unallocated.isEmpty, "unallocated " + unallocated.map(text).joined(separator: " "))
        add(watchDelay != usual.watchDelay, "watch-delay \(seconds(watchDelay))")
        add(clockErrorPerMillion > 0, "clock-error \(clockErrorPerMillion)")
        add(lateness != usual.lateness, "lateness \(seconds(lateness))")
        if let askEvery { add(true, "ask-every \(seconds(askEvery))") }
        if let wireTruth { add(true, "wire-truth \(seconds(wireTruth))") }
        add(onConflict != usual.onConflict, "on-conflict \(onConflict.rawValue)")
        add(rebalances, "rebalances")
        add(rebalancesByItself, "rebalance-auto")
        add(settling != usual.settling, "settling \(seconds(settling))")
        if let end { add(true, "end \(end)") }
        lines += faults.map(text)
        return lines.joined(separator: "\n") + "\n"
    }

    func text(_ address: Int) -> String {
        Names.address(address, bothFamilies: bothFamilies).description
    }

    func text(_ fault: Fault) -> String {
        var words = ["\(fault.at)", fault.verb.rawValue]
        words += fault.nodes.map(Names.node)
        if fault.withClients { words.append("clients") }
        if let address = fault.address { words.append(text(address)) }
        if let amount = fault.amount { words.append("\(amount)") }
        if let lasts = fault.lasts { words += ["for", secondsText(lasts.nanoseconds)] }
        return words.joined(separator: " ")
    }
}
