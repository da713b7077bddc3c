import LinkLayer
import Timing

/// Asks and listens until the last phase has ended, then tells what each phase was like.
struct Watch {
    /// Between two requests who has the first address; the tick of everything.
    static let spacing: Duration = .milliseconds(1)
    private static let bufferBytes = 2_048

    private var questions: Questions
    private var echoes: Echoes?
    private var announcements: Announcements?
    /// From the first mark to the end.
    private var starts: [(name: String, start: Instant)] = []
    private var end = Instant.zero

    init(questions: Questions, echoes: Echoes? = nil, announcements: Announcements? = nil) {
        self.questions = questions
        self.echoes = echoes
        self.announcements = announcements
    }

    mutating func run(_ marks: consuming Marks) throws {
        let poll = try EventPoll()
        let timer = try DeadlineTimer()
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.bufferBytes, alignment: 16)
        defer { buffer.deallocate() }
        let descriptors = [
            timer.descriptorNumber, questions.descriptorNumber, echoes?.descriptorNumber,
            announcements?.descriptorNumber, marks.descriptor,
        ]
        for descriptor in descriptors.compactMap({ $0 }) {
            try poll.add(descriptor, as: UInt64(descriptor))
        }
        var due = Instant.now()
        var tick = 0
        while case let now = Instant.now(), marks.end.map({ now < $0 + Samples.patience }) ?? true {
            try timer.arm(at: due)
            var isMarked = false
            try poll.wait { isMarked = isMarked || marks.descriptor.map(UInt64.init) == $0 }
            if isMarked { marks.read(at: .now()) }
            try takeAnswers(by: buffer)
            guard Instant.now() >= due else { continue }
            if marks.end.map({ Instant.now() < $0 }) ?? true {
                try questions.ask(by: buffer)
                echoes?.ask(tick: tick, by: buffer)
            }
            tick += 1
            // Who is late asks late, not twice.
            due = max(due + Self.spacing, .now())
        }
        starts = marks.phases
        end = marks.end ?? .now()
    }

    private mutating func takeAnswers(by buffer: UnsafeMutableRawBufferPointer) throws {
        try questions.takeAnswers(by: buffer)
        echoes?.takeAnswers(by: buffer)
        try announcements?.take(by: buffer)
    }

    var phases: [Phase] {
        starts.indices.map { index in
            let start = starts[index].start
            let until = index + 1 < starts.count ? starts[index + 1].start : end
            var phase = Phase(name: starts[index].name, duration: until - start)
            describeQuestions(from: start, until: until, in: &phase)
            if let echoes { Self.describe(echoes, from: start, until: until, in: &phase) }
            let first = questions.samples.indices(from: start, until: until).lowerBound
            phase.firstAnnouncement = announcements?.first(
                notBy: questions.owner(before: first), from: start, until: until)
            return phase
        }
    }

    private func describeQuestions(
        from start: Instant, until end: Instant, in phase: inout Phase
    ) {
        let range = questions.samples.indices(from: start, until: end)
        phase.requests = range.count
        phase.unanswered = questions.samples.unanswered(in: range)
        phase.outage = questions.samples.outage(in: range)
        phase.longestSpacing =
            zip(questions.samples.sent[range], questions.samples.sent[range].dropFirst())
            .map { $1 - $0 }.max() ?? .zero
        (phase.twoAnswered, phase.twoAnsweredUntil) = questions.overlap(in: range)
        phase.moves = questions.moves(in: range)
        phase.owners = questions.owners(in: range).map { "\($0)" }
    }

    private static func describe(
        _ echoes: Echoes, from start: Instant, until end: Instant, in phase: inout Phase
    ) {
        phase.clientOutage = echoes.samples.map { samples in
            samples.outage(in: samples.indices(from: start, until: end))
        }.max()
    }
}
