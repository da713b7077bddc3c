import Addressing
import Allocation
import Glibc
import Timing

/// How long the pure allocator takes where many services meet: medians of several rounds.
@main struct AllocationBenchmark {
    static func main() {
        // First, while nothing that was freed can be used again.
        print("memory of an allocation beyond its request: \(bytesOfAnAllocation()) bytes")
        report("adopt 100,000 services of 200 pools", "ms", milliseconds(of: 5) { adoption() })
        for (name, pool) in Scenario.nearlyFullPools {
            var full = Scenario.allocator([pool])
            report(
                "allocate and release in \(name)", "µs",
                microseconds(of: 2001) { round in
                    Scenario.takeAndGive(&full, round)
                })
        }
        report("allocate what is announced and was probed ahead", "µs", probedAhead())
        report("wake 10,000 waiters", "ms", milliseconds(of: 5) { waking() })
        report("one release among 10,000 waiters", "µs", oneRelease())
    }

    /// The median and the extremes of `samples`, which are in `unit`.
    private static func report(_ what: String, _ unit: String, _ samples: [Double]) {
        let sorted = samples.sorted()
        let (median, least, most) = (sorted[sorted.count / 2], sorted[0], sorted[sorted.count - 1])
        print("\(what): \(text(median)) \(unit) (\(text(least)) to \(text(most)))")
    }

    private static func text(_ value: Double) -> String {
        let tenths = Int64((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    // MARK: - What is measured

    private static func adoption() -> Double {
        let requests = Scenario.services(count: 100_000, pools: 200)
        var allocator = Allocator()
        _ = allocator.handle(.poolsChanged(Scenario.pools(count: 200)), at: .zero)
        _ = allocator.handle(.namespacesChanged([:]), at: .zero)
        let start = now()
        let effects = allocator.handle(.servicesListed(requests), at: .zero)
        let took = now() - start
        precondition(allocator.pending.isEmpty && effects.count == 1, "\(effects.count) effects")
        return took / 1e6
    }

    /// Of several allocators that stay, without the first, which also finds room for what is only
    /// needed while it works.
    private static func bytesOfAnAllocation() -> Int {
        let requests = Scenario.services(count: 100_000, pools: 200)
        var allocators: [Allocator] = []
        var before = 0
        let count = 5
        for number in 0..<count {
            if number == 1 { before = bytesInUse() }
            var allocator = Allocator()
            _ = allocator.handle(.poolsChanged(Scenario.pools(count: 200)), at: .zero)
            _ = allocator.handle(.namespacesChanged([:]), at: .zero)
            _ = allocator.handle(.servicesListed(requests), at: .zero)
            allocators.append(allocator)
        }
        let grown = bytesInUse() - before
        precondition(allocators.allSatisfy { $0.poolUsage.count == 200 }, "they must live so long")
        return grown / (count - 1) / requests.count - MemoryLayout<ServiceRequest>.stride
    }

    /// From the service's arrival to the write, which is in the same turn: the probes are over.
    private static func probedAhead() -> [Double] {
        var allocator = Scenario.allocator([])
        var pool = Scenario.pool("announced", "10.0.0.0/16")
        pool.announce.isEnabled = true
        answer(&allocator, allocator.handle(.poolsChanged(PoolSet([pool])), at: .zero))
        return (0..<2001).map { number in
            let request = Scenario.waiter(number)
            let start = now()
            let effects = allocator.handle(.serviceChanged(request), at: .zero)
            let took = now() - start
            let isWritten = effects.contains { if case .write = $0 { true } else { false } }
            precondition(isWritten, "\(number): \(effects)")
            answer(&allocator, effects)
            return took / 1e3
        }
    }

    /// Nobody has what is probed.
    private static func answer(_ allocator: inout Allocator, _ effects: [AllocationEffect]) {
        for case .probe(let addresses) in effects {
            for address in addresses {
                answer(&allocator, allocator.handle(.addressProbed(address, .free), at: .zero))
            }
        }
    }

    private static func waking() -> Double {
        var allocator = Scenario.allocator([Scenario.pool("little", "10.0.0.0/32")])
        for number in 0..<10_000 {
            _ = allocator.handle(.serviceChanged(Scenario.waiter(number)), at: .zero)
        }
        let wide = PoolSet([Scenario.pool("little", "10.0.0.0/16")])
        let start = now()
        let effects = allocator.handle(.poolsChanged(wide), at: .zero)
        let took = now() - start
        precondition(allocator.pending.isEmpty, "\(allocator.pending.count) of \(effects.count)")
        return took / 1e6
    }

    private static func oneRelease() -> [Double] {
        var allocator = Scenario.allocator([Scenario.pool("little", "10.0.0.0/28")])
        for number in 0..<10_000 {
            _ = allocator.handle(.serviceChanged(Scenario.waiter(number)), at: .zero)
        }
        return (0..<500).map { number in
            let key = Scenario.waiter(number).key
            let start = now()
            _ = allocator.handle(.serviceRemoved(key), at: .zero)
            return (now() - start) / 1e3
        }
    }

    // MARK: - Measuring

    private static func milliseconds(of rounds: Int, _ body: () -> Double) -> [Double] {
        (0..<rounds).map { _ in body() }
    }

    private static func microseconds(of rounds: Int, _ body: (Int) -> Void) -> [Double] {
        (0..<rounds).map { round in
            let start = now()
            body(round)
            return (now() - start) / 1e3 / 2
        }
    }

    /// Nanoseconds of this process's CPU time: the machine may be busy with other things.
    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    /// Resident memory of the process; what was freed and not given back counts too.
    private static func bytesInUse() -> Int {
        let descriptor = open("/proc/self/statm", O_RDONLY)
        defer { close(descriptor) }
        var text = [UInt8](repeating: 0, count: 256)
        let count = read(descriptor, &text, text.count)
        let fields = String(decoding: text.prefix(max(count, 0)), as: UTF8.self).split(
            separator: " ")
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(getpagesize())
    }
}
