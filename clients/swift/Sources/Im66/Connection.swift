import Foundation

private let subprotocol = "im66.json.v1"
private let restart = 1012
private let unproven = 4401
// After these the server would refuse the same client again.
private let forGood: Set<Int> = [unproven, 4403, 4409, 4413]
private let replySeconds = 20.0
// Messages that may succeed later are sent again after so many seconds, if the server does not say.
private let againSeconds = 2.0
// A new token is asked for once in so many seconds, if the server refuses one.
private let renewSeconds = 30.0
// A named device says so often what it has received.
private let ackSeconds = 2.0

extension Client {
    func stayConnected() async {
        var failures = 0
        while !Task.isCancelled {
            reason = nil
            let (code, wasOpen) = await connectOnce()
            failures = wasOpen ? 0 : failures + 1
            if Task.isCancelled { return }
            if let ended { return end(ended) }
            if forGood.contains(code) && !mayRenew(code) { return end(reason ?? .ended) }
            let seconds = max(pauseAfter(code, failures), reason?.retry ?? 0)
            deliver(.away(seconds: seconds, because: reason))
            let pause = Task { try await Task.sleep(for: .seconds(seconds)) }
            self.pause = pause
            _ = await pause.result
        }
    }

    /// The code with which the connection ended, and whether it was open.
    private func connectOnce() async -> (code: Int, wasOpen: Bool) {
        var code = 1006
        do {
            let entry = try entry()
            let hello = try await hello()
            let socket = try await connect(entry, subprotocol)
            self.socket = socket
            code = await run(socket, hello)
            socket.close()
        } catch let failure as Failure {
            reason = failure
        } catch {}
        let wasOpen = welcome != nil
        (socket, welcome, filled) = (nil, nil, nil)
        for id in replies.keys { fail(id, .disconnected) }
        return (code, wasOpen)
    }

    private func entry() throws -> URL {
        var parts = URLComponents(url: url.appendingPathComponent("entry"), resolvingAgainstBaseURL: false)
        parts?.scheme = url.scheme == "http" ? "ws" : "wss"
        guard let entry = parts?.url else { throw Failure("invalid", "No such address: \(url)") }
        return entry
    }

    /// Reads until the connection ends; returns the code.
    private func run(_ socket: any WebSocket, _ hello: HelloCommand) async -> Int {
        heardAt = .now
        let attending = Task { await attend(socket, silence: .seconds(replySeconds)) }
        var tasks = [attending]
        defer { for task in tasks { task.cancel() } }
        do {
            try await socket.send(encoded(CommandFrame(id: 0, command: hello)))
            for try await text in socket.texts {
                heardAt = .now
                let frame = try decoded(Frame.self, text)
                if welcome == nil && frame.re == 0 && frame.error == nil {
                    attending.cancel()
                    tasks += try open(socket, decoded(Reply<ToHello>.self, text).ok)
                } else if let code = try take(frame, text) {
                    return code
                }
            }
        } catch let closed as Closed {
            return closed.code
        } catch let failure as Failure {
            ended = failure
        } catch {}
        return 1006
    }

    /// Notes what the server answered to `hello`, and starts what runs while the connection is open.
    private func open(_ socket: any WebSocket, _ welcome: ToHello) throws -> [Task<Void, Never>] {
        try store.transaction { database in
            if let owner = try database.state("user", as: String.self), owner != welcome.user.userid {
                throw Failure("another_user", "This store belongs to \(owner).")
            }
            try database.setState("user", welcome.user.userid)
            if position == nil {
                // Older messages come from the API.
                position = LogPosition(log: welcome.log, id: welcome.head)
                try database.setState("position", position)
            }
        }
        self.welcome = welcome
        deliver(.open(welcome))
        let (signals, filled) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.filled = filled
        filled.yield()
        return [
            Task { await sendAll(signals) },
            Task { await acknowledge() },
            // Two heartbeats that are missing: the connection is dead.
            Task { await attend(socket, silence: .seconds(2.5 * welcome.heartbeat)) },
        ]
    }

    /// Takes a frame; returns a code if the connection is to end.
    private func take(_ frame: Frame, _ text: String) throws -> Int? {
        if let ev = frame.ev {
            try takeEvent(ev, frame, text)
        } else if let id = frame.re, let reply = replies.removeValue(forKey: id) {
            if let refusal = frame.error {
                reply.resume(throwing: Failure(refusal))
            } else {
                reply.resume(returning: text)
            }
        } else if let refusal = frame.error {
            let failure = Failure(refusal)
            reason = failure  // why the connection ends
            if welcome != nil || frame.re == nil { return nil }
            if ["invalid", "log_in_first"].contains(failure.name) { return unproven }
            if failure.isPassing { return 1006 }
        }
        return nil
    }

    private func takeEvent(_ ev: String, _ frame: Frame, _ text: String) throws {
        guard ev != "heartbeat" else { return }
        guard let id = ev == "gap" ? frame.to : frame.id else { return deliver(.event(try event(text))) }
        let last = position?.id ?? 0
        // What came on the connection before does not come again.
        if id <= last && !["gap", "caught_up"].contains(ev) { return }
        let next = LogPosition(log: welcome?.log ?? "", id: ev == "gap" ? id : max(id, last))
        position = next
        deliver(.event(try event(text)), position: next)
    }

    private func event(_ text: String) throws -> Event {
        try (try? decoded(Event.self, text)) ?? .unknown(decoded(JSON.self, text))
    }

    // MARK: Commands

    /// Any command but messages: `ask(ReactCommand(target: 7, emoji: "👍"))`. Throws Failure; `disconnected`
    /// if it is not known whether it was done.
    @discardableResult
    public func ask<C: Command>(_ command: C) async throws -> C.Reply {
        try await ask(command, within: replySeconds)
    }

    func ask<C: Command>(_ command: C, within seconds: Double) async throws -> C.Reply {
        guard let socket, welcome != nil else { throw Failure.disconnected }
        lastId += 1
        let id = lastId
        let frame = try encoded(CommandFrame(id: id, command: command))
        let impatience = Task {
            try await Task.sleep(for: .seconds(seconds))
            fail(id, .disconnected)
        }
        defer { impatience.cancel() }
        let text = try await withCheckedThrowingContinuation { continuation in
            replies[id] = continuation
            Task {
                do { try await socket.send(frame) } catch { fail(id, .disconnected) }
            }
        }
        return try decoded(Reply<C.Reply>.self, text).ok
    }

    private func fail(_ id: Int, _ failure: Failure) {
        replies.removeValue(forKey: id)?.resume(throwing: failure)
    }

    // MARK: While the connection is open

    private func sendAll(_ signals: AsyncStream<Void>) async {
        for await _ in signals {
            while !Task.isCancelled, let first = try? store.transaction({ try $0.pending(limit: 1).first }) {
                await sendFirst(first)
            }
        }
    }

    private func sendFirst(_ command: SendCommand) async {
        do {
            try settle(command, .sent(try await ask(command)))
        } catch let failure as Failure where !failure.isPassing {
            try? settle(command, .rejected(failure))
        } catch {
            let retry = (error as? Failure)?.retry ?? 0
            try? await Task.sleep(for: .seconds(retry > 0 ? retry : againSeconds))
        }
    }

    private func acknowledge() async {
        while device != nil, (try? await Task.sleep(for: .seconds(ackSeconds))) != nil {
            let stored = try? store.transaction { try $0.state("position", as: LogPosition.self) }
            guard let id = stored?.id, id > acknowledged else { continue }
            // What is not acknowledged comes again, and is dropped.
            if (try? await ask(AckCommand(upto: id))) != nil { acknowledged = id }
        }
    }

    /// Closes the connection when nothing has come for so long.
    private func attend(_ socket: any WebSocket, silence: Duration) async {
        while (try? await Task.sleep(for: silence / 5)) != nil {
            if heardAt.duration(to: .now) > silence { return socket.close() }
        }
    }

    // MARK: Identity

    private func hello() async throws -> HelloCommand {
        var hello = HelloCommand(device: device, since: position?.id, log: position?.log)
        switch identity {
        case .userid(let userid): hello.userid = userid
        case .token(let token): hello.token = try await token()
        }
        return hello
    }

    private func mayRenew(_ code: Int) -> Bool {
        guard code == unproven, case .token = identity else { return false }
        if let renewedAt, renewedAt.duration(to: .now) < .seconds(renewSeconds) { return false }
        renewedAt = .now
        return true
    }
}

/// Seconds before connecting again. After a restart all clients come back, so they spread; otherwise each failure
/// in a row doubles the pause.
func pauseAfter(_ code: Int, _ failures: Int) -> Double {
    if code == restart && failures == 0 { return .random(in: 0.3...3) }
    return min(30, pow(2, Double(failures))) * .random(in: 0.5...1)
}
