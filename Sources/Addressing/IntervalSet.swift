/// A set of 128-bit numbers, kept as sorted runs, so that a /8 or a /64 costs as little as one
/// address.
///
/// Runs lie in chunks of at most `chunkRunsMax`, which bounds what one change moves: a change or
/// search takes a few microseconds with hundreds of thousands of runs.
package struct IntervalSet: Equatable, Sendable {
    /// Each not empty; runs ascend, never touch each other, across chunks too.
    private var chunks: [[ClosedRange<UInt128>]] = []
    /// How many numbers; saturates at 2^128 - 1, one less than all of them.
    package private(set) var count: UInt128 = 0

    /// Runs in one chunk before it is split.
    static let chunkRunsMax = 256

    package init() {}

    package init(_ run: ClosedRange<UInt128>) {
        insert(run)
    }

    package var isEmpty: Bool { chunks.isEmpty }

    /// The lowest number.
    package var first: UInt128? { chunks.first?.first?.lowerBound }

    /// The lowest number that is not below `bound`.
    package func first(atOrAbove bound: UInt128) -> UInt128? {
        run(at: position(ofRunEndingAtOrAbove: bound)).map { max($0.lowerBound, bound) }
    }

    package func contains(_ number: UInt128) -> Bool {
        run(at: position(ofRunEndingAtOrAbove: number))?.contains(number) ?? false
    }

    package static func == (left: IntervalSet, right: IntervalSet) -> Bool {
        left.runs == right.runs
    }

    /// All runs, ascending.
    package var runs: [ClosedRange<UInt128>] { chunks.flatMap { $0 } }

    package mutating func insert(_ number: UInt128) {
        insert(number...number)
    }

    package mutating func remove(_ number: UInt128) {
        remove(number...number)
    }

    package mutating func insert(_ run: ClosedRange<UInt128>) {
        let touchesBelow = run.lowerBound == 0 ? 0 : run.lowerBound - 1
        let touchesAbove = run.upperBound == .max ? run.upperBound : run.upperBound + 1
        var merged = run
        let position = position(ofRunEndingAtOrAbove: touchesBelow)
        while let met = self.run(at: position), met.lowerBound <= touchesAbove {
            merged = min(met.lowerBound, merged.lowerBound)...max(met.upperBound, merged.upperBound)
            removeRun(at: position)
        }
        insertRun(merged)
    }

    package mutating func remove(_ run: ClosedRange<UInt128>) {
        let position = position(ofRunEndingAtOrAbove: run.lowerBound)
        while let met = self.run(at: position), met.lowerBound <= run.upperBound {
            removeRun(at: position)
            if met.lowerBound < run.lowerBound {
                insertRun(met.lowerBound...(run.lowerBound - 1))
            }
            if met.upperBound > run.upperBound {
                insertRun((run.upperBound + 1)...met.upperBound)
                return
            }
            if met.lowerBound < run.lowerBound {
                remove(run)
                return
            }
        }
    }

    private struct Position {
        var chunk: Int
        var index: Int
    }

    /// Where the first run lies that ends at or above `number`; past the end when there is none.
    private func position(ofRunEndingAtOrAbove number: UInt128) -> Position {
        let chunk = chunks.partitionIndex { ($0.last?.upperBound ?? 0) >= number }
        guard chunk < chunks.count else { return Position(chunk: chunk, index: 0) }
        return Position(
            chunk: chunk, index: chunks[chunk].partitionIndex { $0.upperBound >= number })
    }

    private func run(at position: Position) -> ClosedRange<UInt128>? {
        guard position.chunk < chunks.count else { return nil }
        let chunk = chunks[position.chunk]
        guard position.index < chunk.count else {
            return position.chunk + 1 < chunks.count ? chunks[position.chunk + 1][0] : nil
        }
        return chunk[position.index]
    }

    /// Afterwards the same position names the run that followed.
    private mutating func removeRun(at position: Position) {
        var position = position
        if position.index >= chunks[position.chunk].count {
            position = Position(chunk: position.chunk + 1, index: 0)
        }
        let run = chunks[position.chunk].remove(at: position.index)
        if chunks[position.chunk].isEmpty { chunks.remove(at: position.chunk) }
        count = count == .max ? recount() : count - length(of: run)
    }

    private mutating func insertRun(_ run: ClosedRange<UInt128>) {
        count =
            count.addingReportingOverflow(length(of: run)).overflow
            ? .max : count + length(of: run)
        var position = position(ofRunEndingAtOrAbove: run.lowerBound)
        if position.chunk == chunks.count {
            guard let last = chunks.indices.last else {
                chunks.append([run])
                return
            }
            position = Position(chunk: last, index: chunks[last].count)
        }
        chunks[position.chunk].insert(run, at: position.index)
        guard chunks[position.chunk].count > Self.chunkRunsMax else { return }
        let half = chunks[position.chunk].count / 2
        let upper = Array(chunks[position.chunk][half...])
        chunks[position.chunk].removeSubrange(half...)
        chunks.insert(upper, at: position.chunk + 1)
    }

    private func length(of run: ClosedRange<UInt128>) -> UInt128 {
        let width = run.upperBound - run.lowerBound
        return width == .max ? .max : width + 1
    }

    private func recount() -> UInt128 {
        runs.reduce(UInt128(0)) { sum, run in
            let (total, overflowed) = sum.addingReportingOverflow(length(of: run))
            return overflowed ? .max : total
        }
    }
}

extension Array {
    /// The first index whose element is `inUpperPart`, which must hold for all that follow;
    /// `count` when there is none.
    package func partitionIndex(where inUpperPart: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = low + (high - low) / 2
            if inUpperPart(self[middle]) {
                high = middle
            } else {
                low = middle + 1
            }
        }
        return low
    }
}
