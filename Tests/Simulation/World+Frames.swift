import Addressing
import Ownership
import Timing
import Wire

// Frames and hellos on the segments, and what responders and kernels do with them.
extension World {
    mutating func announce(_ addresses: [IPAddress], link: Int32, from station: Int) {
        let number = Names.link(ofIndex: link)
        if station < nodeCount {
            for address in addresses {
                guard let address = Names.index(of: address) else { continue }
                observe(.announced(node: station, address: address))
            }
            guard nodes[station].unplugged[number] == 0 else { return }
        }
        guard !losesAnnouncements else { return }
        // Frames are lost one by one; where none is, one occurrence stands for all of them.
        let batches = network.lossPerMillion == 0 ? [addresses] : addresses.map { [$0] }
        for receiver in 0..<network.stations where receiver != station {
            for batch in batches {
                transmit(.announcement(batch, link: link, from: station), to: receiver, number)
            }
        }
    }

    /// A request by broadcast.
    mutating func ask(
        _ address: IPAddress, link: Int32, from station: Int, asker: IPAddress?,
        sample: Int? = nil
    ) {
        let number = Names.link(ofIndex: link)
        if station < nodeCount, nodes[station].unplugged[number] > 0 { return }
        let question = Frame.Question(
            address: address, link: link, from: station, asker: asker, sample: sample)
        for receiver in 0..<network.stations where receiver != station {
            transmit(.question(question), to: receiver, number)
        }
    }

    /// A request by unicast to a station, as a client confirms its cache.
    mutating func confirm(_ address: IPAddress, link: Int32, from station: Int, to receiver: Int) {
        let own = Names.interfaceAddress(station: station, link: Names.link(ofIndex: link))
        let question = Frame.Question(
            address: address, link: link, from: station, asker: own, sample: nil)
        transmit(.question(question), to: receiver, Names.link(ofIndex: link))
    }

    private mutating func transmit(_ frame: Frame, to receiver: Int, _ link: Int) {
        let transit = network.send(.neighbour, from: frame.station, to: receiver, link: link)
        for delay in [transit.first, transit.second] {
            guard let delay else { continue }
            queue.schedule(
                .frame(to: receiver, frame), at: now.advanced(nanoseconds: delay))
        }
    }

    mutating func arrive(_ frame: Frame, at station: Int) {
        if station < nodeCount {
            if nodes[station].hostHolds > 0 || nodes[station].stuns > 0 {
                return hold(frame, station)
            }
            if case .question(let question) = frame { answer(question, at: station) }
            arrive(.frame(frame), at: station)
        } else if station < foreignStation {
            hear(frame, client: station - nodeCount)
        } else if case .question(let question) = frame {
            answerAsForeigner(question)
        }
    }

    /// A virtual machine that stands finds the frames in its queue later; a dead host loses them.
    private mutating func hold(_ frame: Frame, _ station: Int) {
        guard nodes[station].hostHolds == 0, nodes[station].isRunning else { return }
        if case .question = frame, nodes[station].questions.count < Node.questionsMax {
            nodes[station].questions.append(frame)
        }
        queueUp(.frame(frame), station)
    }

    private mutating func queueUp(_ arrival: Node.Arrival, _ index: Int) {
        guard nodes[index].inbox.count < Node.inboxMax else { return }
        nodes[index].inbox.append(arrival)
    }

    /// Something for the segment loop.
    mutating func arrive(_ arrival: Node.Arrival, at index: Int) {
        guard nodes[index].isRunning else { return }
        guard nodes[index].loopRuns else { return queueUp(arrival, index) }
        accept(arrival, at: index)
    }

    private mutating func accept(_ arrival: Node.Arrival, at index: Int) {
        switch arrival {
        case .hello(let letter, let link, let from):
            if letter.hasOtherKey != nodes[index].hasOtherKey {
                return deliver(.datagramRefused(.forged, link: link), to: index)
            }
            let source = Names.interfaceAddress(
                station: from, link: Names.link(ofIndex: link))
            guard nodes[index].accepts(source, on: link) else {
                return deliver(.datagramRefused(.unknownPeer, link: link), to: index)
            }
            let hello = sabotage == nil ? letter.hello : sabotaged(heard: letter.hello, by: index)
            if hello.flags.contains(.routine), nodes[index].readIsQuiet() {
                let received = nodes[index].clock.read(at: now)
                nodes[index].routine.append(
                    .helloReceived(hello, link: link, source: source, received: received))
            } else {
                deliver(.helloReceived(hello, link: link, source: source), to: index)
            }
        case .frame(let frame):
            if frame.station == foreignStation {
                noteForeigner(frame, at: index)
                guard sabotage != .foreignUnheard(by: index) else { return }
            }
            for frame in frame.neighborFrames(receiver: index) {
                deliver(.frameReceived(frame), to: index)
            }
        }
    }

    /// Tells observers that the foreign host's use of an address came to a node's notice.
    private mutating func noteForeigner(_ frame: Frame, at index: Int) {
        for address in frame.claimed.compactMap(Names.index) {
            observe(.foreignHeard(node: index, address: address))
            if sabotage == .defendsAlways(node: index) { defend(address, by: index) }
        }
    }

    /// Responder and kernel: the kernel answers for the host's own address whether or not the
    /// daemon runs, the responder for what is published.
    private mutating func answer(_ question: Frame.Question, at index: Int) {
        let number = Names.link(ofIndex: question.link)
        if question.address == Names.interfaceAddress(station: index, link: number) {
            return reply(to: question, from: index)
        }
        guard nodes[index].isRunning else { return }
        guard nodes[index].responderRuns else {
            if nodes[index].questions.count < Node.questionsMax {
                nodes[index].questions.append(.question(question))
            }
            return
        }
        let isOpen = nodes[index].isGuardOpen(at: now, profile: plan.profile.hello)
        let instant = nodes[index].clock.read(at: now)
        let table = nodes[index].table
        if isOpen, table.answers(question.address, on: question.link, at: instant) {
            reply(to: question, from: index)
        }
    }

    mutating func reply(to question: Frame.Question, from station: Int) {
        transmit(
            .answer(
                question.address, link: question.link, from: station, sample: question.sample),
            to: question.from, Names.link(ofIndex: question.link))
    }

    private mutating func answerAsForeigner(_ question: Frame.Question) {
        guard let number = Names.index(of: question.address), usurpers[number] > 0 else { return }
        reply(to: question, from: foreignStation)
    }

    /// The process runs again: responder and loop find what waited, in either order.
    mutating func wake(_ index: Int) {
        guard nodes[index].isRunning, !nodes[index].isFrozen else { return }
        let questions = nodes[index].questions
        nodes[index].questions.removeAll()
        let isResponderFirst = generator.chance(perMillion: 500_000)
        if isResponderFirst { refreshAnswering(index) }
        if isResponderFirst { answerLate(questions, at: index) }
        if nodes[index].stalls == 0 { drainInbox(index) }
        refreshAnswering(index)
        if !isResponderFirst { answerLate(questions, at: index) }
    }

    private mutating func answerLate(_ questions: [Frame], at index: Int) {
        for case .question(let question) in questions { answer(question, at: index) }
    }

    private mutating func drainInbox(_ index: Int) {
        let waiting = nodes[index].inbox
        nodes[index].inbox.removeAll()
        catchUp(index)
        let isTimerFirst = generator.chance(perMillion: 500_000)
        if isTimerFirst { turn(index) }
        for arrival in waiting where nodes[index].isRunning { accept(arrival, at: index) }
        if !isTimerFirst { turn(index) }
    }
}

extension Frame {
    /// Who sent it.
    var station: Int {
        switch self {
        case .announcement(_, _, let from): from
        case .question(let question): question.from
        case .answer(_, _, let from, _): from
        }
    }

    /// The addresses that it says are its sender's.
    var claimed: [IPAddress] {
        switch self {
        case .announcement(let addresses, _, _): addresses
        case .question: []
        case .answer(let address, _, _, _): [address]
        }
    }

    /// What a node's packet socket delivers of it.
    func neighborFrames(receiver: Int) -> [NeighborFrame] {
        switch self {
        case .announcement(let addresses, let link, let from):
            addresses.map { Self.frame($0, link, from, target: $0, isRequest: true) }
        case .question(let question):
            [
                Self.frame(
                    question.asker, question.link, question.from, target: question.address,
                    isRequest: true)
            ]
        case .answer(let address, let link, let from, _):
            [Self.frame(address, link, from, target: address, isRequest: false)]
        }
    }

    private static func frame(
        _ sender: IPAddress?, _ link: Int32, _ from: Int, target: IPAddress, isRequest: Bool
    ) -> NeighborFrame {
        let linkAddress = Names.linkAddress(station: from, link: Names.link(ofIndex: link))
        return NeighborFrame(
            link: link, source: linkAddress, senderAddress: sender,
            senderLinkAddress: linkAddress, targetAddress: target, isRequest: isRequest)
    }
}
