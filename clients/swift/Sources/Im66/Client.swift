import Foundation

/// Who a client is.
public enum Identity: Sendable {
    /// Anybody, on a server in open mode.
    case userid(String)
    /// Asked for a token before each connection and call.
    case token(@Sendable () async throws -> String)
}

/// What an app hears from a client.
public enum Update: Sendable {
    /// The server sent it.
    case event(Event)
    /// The server has stored a message of this device.
    case sent(SendCommand, ToSend)
    /// The server does not take a message of this device.
    case rejected(SendCommand, Failure)
    /// The connection is open.
    case open(ToHello)
    /// There is no connection. The client tries again after so many seconds.
    case away(seconds: Double, because: Failure?)
}

/// One connection that comes back by itself. Updates come in order and once; messages are sent, in order, until
/// the server has them, and stored once. The store holds what must outlast the app.
public actor Client {
    nonisolated let url: URL
    nonisolated let identity: Identity
    nonisolated public let device: String?
    nonisolated public let store: Store
    /// What the server answered to `hello`, while there is a connection.
    public internal(set) var welcome: ToHello?

    let connect: Connect
    // What `start` has started, and what `stop` ends.
    private var running: Task<Void, Never>?
    private var ending: Task<Void, Never>?
    var pause: Task<Void, any Error>?
    var socket: (any WebSocket)?
    // Commands that wait for their replies.
    var replies: [Int: CheckedContinuation<String, any Error>] = [:]
    var lastId = 0
    // The last event that has come; it may wait to be handled.
    var position: LogPosition?
    var acknowledged = 0
    var heardAt = ContinuousClock.now
    var renewedAt: ContinuousClock.Instant?
    var reason: Failure?
    var ended: Failure?
    // Starts the outbox of the connection.
    var filled: AsyncStream<Void>.Continuation?
    private var waiters: [String: [CheckedContinuation<ToSend, any Error>]] = [:]
    private var deliveries: [Delivery] = []
    private var arrived: CheckedContinuation<Void, Never>?

    /// `device`: a name of this device, under which the server notes what it has received; a device that
    /// confirms messages gets no pushes for them. `connect`: another WebSocket than the platform's.
    public init(
        _ url: URL, as identity: Identity, store: Store, device: String? = nil, connect: Connect? = nil
    ) throws {
        (self.url, self.identity, self.store, self.device) = (url, identity, store, device)
        self.connect = connect ?? openWebSocket
        let (position, answered) = try store.transaction {
            (try $0.state("position", as: LogPosition.self), try $0.answered())
        }
        self.position = position
        deliveries = answered.map(Delivery.init)
    }

    /// Connects, and stays connected until `stop`.
    public func start() {
        if running != nil { return }
        ended = nil
        running = Task { [ending] in
            await ending?.value
            await stayConnected()
        }
    }

    /// Ends the connection; the store keeps what waits.
    public func stop() async {
        ending = running ?? ending
        running = nil
        ending?.cancel()
        pause?.cancel()
        socket?.close()
        await ending?.value
    }

    /// Connects now if it waits to try again, and checks a connection that is open: app or network are back.
    public func comeBack() {
        pause?.cancel()
        guard let socket, welcome != nil else { return }
        Task {
            if (try? await ask(PingCommand(), within: 5)) == nil { socket.close() }
        }
    }

    // MARK: Updates

    /// All updates, for one loop. An update is handled when the next one is asked for; after a crash, the one
    /// that was not comes again. Throws Failure if the connection will not come back by itself.
    public nonisolated var updates: Updates { Updates(client: self) }

    /// Handles each update in a transaction of the store: what the handler writes there and that the update
    /// is handled are stored together, or neither. Throws what the handler throws, and Failure as `updates` does.
    public func serve(_ handler: @Sendable (Update, Database) throws -> Void) async throws {
        while let delivery = try await nextDelivery() {
            try store.transaction {
                try handler(delivery.update, $0)
                try delivery.settle(in: $0)
            }
            deliveries.removeFirst()
        }
    }

    func settle(_ delivery: Delivery) throws {
        if delivery.isStored { try store.transaction(delivery.settle) }
        deliveries.removeFirst()
    }

    /// The first update that was not handled; nil if the task is cancelled.
    func nextDelivery() async throws -> Delivery? {
        while deliveries.isEmpty && !Task.isCancelled {
            if let ended { throw ended }
            await withTaskCancellationHandler {
                await withCheckedContinuation { arrived = $0 }
            } onCancel: {
                Task { await self.wake() }
            }
        }
        return Task.isCancelled ? nil : deliveries.first
    }

    func deliver(_ update: Update, position: LogPosition? = nil, cid: String? = nil) {
        deliveries.append(Delivery(update: update, position: position, cid: cid))
        wake()
    }

    func wake() {
        arrived?.resume()
        arrived = nil
    }

    // MARK: Messages

    /// Sends a message to `u:<userid>` or `g:<groupid>`, now or when there is a connection. Returns when the
    /// server has it. Throws Failure if the server refuses it.
    @discardableResult
    public func send(_ to: String, _ content: String, kind: Kind = .text, reply: Int? = nil) async throws -> ToSend {
        try await send(SendCommand(to: to, kind: kind, content: content, reply: reply))
    }

    /// `send`, with all fields of a message. One with a `cid` of before is not sent again.
    @discardableResult
    public func send(_ command: SendCommand) async throws -> ToSend {
        if let ended { throw ended }
        let cid = try enqueue(command)
        switch try store.transaction({ try $0.outcome(of: cid) }) {
        case .sent(let answer): return answer
        case .rejected(let failure): throw failure
        case nil: return try await withCheckedThrowingContinuation { waiters[cid, default: []].append($0) }
        }
    }

    /// Stores a message, and sends it when there is a connection. Returns its `cid` at once; the update `sent`
    /// or `rejected` follows.
    @discardableResult
    public func enqueue(_ command: SendCommand) throws -> String {
        var command = command
        let cid = command.cid ?? newCid()
        command.cid = cid
        try store.transaction { try $0.enqueue(command, cid: cid) }
        filled?.yield()
        return cid
    }

    /// Everything up to this message has been read there. Returns how many remain unread.
    @discardableResult
    public func read(_ to: String, upto: Int) async throws -> Int {
        try await ask(ReadCommand(to: to, upto: upto)).unread
    }

    func settle(_ command: SendCommand, _ outcome: Outcome) throws {
        let cid = command.cid ?? ""
        try store.transaction { try $0.settle(cid, outcome) }
        let delivery = Delivery((command, outcome))
        deliver(delivery.update, cid: cid)
        for waiter in waiters.removeValue(forKey: cid) ?? [] {
            switch outcome {
            case .sent(let answer): waiter.resume(returning: answer)
            case .rejected(let failure): waiter.resume(throwing: failure)
            }
        }
    }

    func end(_ failure: Failure) {
        ended = failure
        for waiter in waiters.values.joined() { waiter.resume(throwing: failure) }
        waiters = [:]
        wake()
    }
}

/// An update, and what of the store it settles.
struct Delivery: Sendable {
    let update: Update
    let position: LogPosition?
    let cid: String?

    init(update: Update, position: LogPosition?, cid: String?) {
        (self.update, self.position, self.cid) = (update, position, cid)
    }

    init(_ answered: (command: SendCommand, outcome: Outcome)) {
        cid = answered.command.cid
        position = nil
        switch answered.outcome {
        case .sent(let answer): update = .sent(answered.command, answer)
        case .rejected(let failure): update = .rejected(answered.command, failure)
        }
    }

    var isStored: Bool { position != nil || cid != nil }

    func settle(in database: Database) throws {
        if let position { try database.setState("position", position) }
        if let cid { try database.forget(cid) }
    }
}

/// The updates of a client.
public struct Updates: AsyncSequence, AsyncIteratorProtocol, Sendable {
    public typealias Element = Update
    let client: Client
    private var last: Delivery?

    init(client: Client) { self.client = client }

    public func makeAsyncIterator() -> Updates { self }

    public mutating func next() async throws -> Update? {
        if let last { try await client.settle(last) }
        last = nil
        last = try await client.nextDelivery()
        return last?.update
    }
}

/// The time first: the server finds such names faster.
func newCid() -> String {
    let time = String(Int(Date().timeIntervalSince1970 * 1000), radix: 16)
    return "\(time)-\(UUID().uuidString.prefix(23).filter { $0 != "-" }.lowercased())"
}
