internal import Appliance
internal import Glibc

/// The running demonstration: one loop for the lines, the prompt and the look at the boxes.
struct DemoSession {
    private let place: DemoDirectory
    private let boxes: DemoBoxes
    private var lines: [DemoLine]
    private var processes: [DemoProcess] = []
    private var input = DemoInput()
    private var view = DemoView()
    private var isOver = false

    /// Seconds until all boxes have to serve.
    private static let startLimit = 30

    init(in place: DemoDirectory) throws {
        self.place = place
        Terminal.write("Making two offices and a hub in \(place.path) …")
        boxes = try DemoBoxes(in: place)
        lines = boxes.lines
    }

    /// Until `quit`, the end of standard input, Ctrl-C or the end of one of the boxes.
    consuming func run() throws {
        var session = self
        defer {
            DemoProcess.end(session.processes)
            session.lines.forEach { $0.close() }
        }
        for name in DemoBoxes.names where !Interruption.happened {
            session.processes.append(
                try DemoProcess.start(name, session.place.box(name), log: session.place.log(name)))
        }
        try session.loop()
        Terminal.write(session.input.isTerminal ? "\nEnding the boxes." : "Ending the boxes.")
    }

    private mutating func loop() throws {
        let begin = Self.clock()
        var nextLook = begin
        var isServing = false
        while !isOver, !Interruption.happened {
            wait(until: nextLook, readsInput: isServing)
            guard Self.clock() >= nextLook else { continue }
            try checkProcesses()
            let statuses = self.statuses()
            if isServing {
                showChanges(statuses)
            } else if statuses.count == DemoBoxes.names.count {
                isServing = true
                Terminal.write(DemoText.logins(boxes.logins) + "\n" + DemoOrder.overview)
                showChanges(statuses)
            } else if Self.clock() - begin > Self.startLimit * 1000 {
                throw CommandFailure(
                    "the boxes do not serve after \(Self.startLimit) s; this machine may be too busy")
            }
            nextLook = Self.clock() + (isServing ? 1000 : 100)
        }
    }

    /// Serves the lines until `time`, or until there was input.
    private mutating func wait(until time: Int, readsInput: Bool) {
        while true {
            let now = Self.clock()
            var sockets: [pollfd] = []
            var limit = Int32(clamping: max(0, time - now))
            for index in lines.indices {
                let interest = lines[index].interest(now: now)
                sockets += interest.sockets
                limit = min(limit, interest.limit)
            }
            if readsInput { sockets.append(pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)) }
            _ = poll(&sockets, nfds_t(sockets.count), limit)
            for index in lines.indices { lines[index].move(now: Self.clock()) }
            if Interruption.happened { return }
            if readsInput, let last = sockets.last, last.revents != 0 { return takeOrders() }
            if Self.clock() >= time { return }
        }
    }

    private mutating func takeOrders() {
        for line in input.lines() where !isOver {
            do {
                try follow(try DemoOrder(line))
            } catch {
                Terminal.write(error.description)
            }
        }
        if input.hasEnded { isOver = true }
        if !isOver { prompt() }
    }

    private mutating func follow(_ order: DemoOrder) throws(CommandFailure) {
        switch order {
        case .cut:
            for index in lines.indices { lines[index].cut() }
            say("the line is cut; the boxes notice by the silence, within 15 s")
        case .restore:
            for index in lines.indices { lines[index].restore() }
            say("the line is back")
        case .throttle(let bits):
            for index in lines.indices { lines[index].throttle(bits.map { $0 / 8 }, now: Self.clock()) }
            say(
                bits.map { "the line carries \($0 / 1000) kbit/s each way" }
                    ?? "the line is as fast as this machine")
        case .status: Terminal.write(DemoText.status(lines, statuses()))
        case .help: Terminal.write(DemoOrder.overview)
        case .quit: isOver = true
        case .nothing: break
        }
    }

    /// Of the boxes that answer.
    private func statuses() -> [StatusDocument] {
        DemoBoxes.names.compactMap { name in
            let answer = try? Control.ask(ControlRequest("status"), place.box(name), limit: 2)
            return answer?.document.flatMap { try? BoxRequest.decode(StatusDocument.self, $0) }
        }
    }

    private mutating func showChanges(_ statuses: [StatusDocument]) {
        let now = HumanText.now
        let changes = view.changes(statuses, hub: DemoBoxes.hub, now: now)
        guard !changes.isEmpty else { return }
        if input.isTerminal { Terminal.writePart("\r\u{1B}[K") }
        for change in changes { say(change) }
        prompt()
    }

    private func checkProcesses() throws(CommandFailure) {
        for process in processes {
            guard let ending = process.ending() else { continue }
            let log = (try? DurableFile.read(place.log(process.name), limit: 1 << 24)) ?? []
            let tail = String(decoding: log, as: UTF8.self).split(separator: "\n").suffix(10)
            throw CommandFailure(
                "the box \(process.name) has ended (\(ending)). The end of its log:\n"
                    + tail.map { "  \($0)\n" }.joined())
        }
    }

    private func say(_ text: String) {
        let now = HumanText.now
        Terminal.write("\(HumanText.time(now, now: now))  \(text)")
    }

    private func prompt() {
        if input.isTerminal { Terminal.writePart("demo> ") }
    }

    /// Milliseconds of a clock that never goes back.
    private static func clock() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}
