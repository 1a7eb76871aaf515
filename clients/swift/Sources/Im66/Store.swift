import CSQLite
import Foundation

/// A place in the server's log.
struct LogPosition: Codable, Hashable, Sendable {
    var log: String
    var id: Int
}

/// What a client must not lose when the app is killed, in a file of SQLite: how far it has come in the server's
/// log, and the messages that wait to be sent. An app may keep tables of its own in it. One client has it open
/// at a time. `:memory:` keeps nothing.
public final class Store: @unchecked Sendable {
    static let maxPending = 1000

    private let lock = NSLock()
    private let database: Database

    public init(_ path: String) throws {
        database = try Database(path)
        try database.run("PRAGMA journal_mode = WAL")
        try database.run("PRAGMA synchronous = FULL")
        try transaction { database in
            try database.run(
                "CREATE TABLE IF NOT EXISTS im66_state (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
            try database.run(
                """
                CREATE TABLE IF NOT EXISTS im66_outbox (
                    place INTEGER PRIMARY KEY AUTOINCREMENT, cid TEXT UNIQUE NOT NULL, command TEXT NOT NULL,
                    outcome TEXT)
                """)
        }
    }

    /// All of it is stored, or nothing if it throws.
    @discardableResult
    public func transaction<T>(_ body: (Database) throws -> T) throws -> T {
        lock.lock()
        defer { lock.unlock() }
        try database.run("BEGIN IMMEDIATE")
        do {
            let result = try body(database)
            try database.run("COMMIT")
            return result
        } catch {
            _ = try? database.run("ROLLBACK")
            throw error
        }
    }

    /// Messages that the server may not have yet, in the order in which they were written.
    public func pending() throws -> [SendCommand] {
        try transaction { try $0.pending() }
    }
}

/// What became of a message in the outbox.
enum Outcome: Codable {
    case sent(ToSend)
    case rejected(Failure)
}

extension Database {
    func state<T: Decodable>(_ name: String, as type: T.Type = T.self) throws -> T? {
        let rows = try run("SELECT value FROM im66_state WHERE name = ?", .text(name))
        return try rows.first?[0].text.map { try decoded(type, $0) }
    }

    func setState(_ name: String, _ value: some Encodable) throws {
        try run("INSERT OR REPLACE INTO im66_state VALUES (?, ?)", .text(name), .text(try encoded(value)))
    }

    func pending(limit: Int = -1) throws -> [SendCommand] {
        let rows = try run(
            "SELECT command FROM im66_outbox WHERE outcome IS NULL ORDER BY place LIMIT ?", .integer(limit))
        return try rows.map { try decoded(SendCommand.self, $0[0].text ?? "") }
    }

    /// Messages whose outcome the app has not handled.
    func answered() throws -> [(SendCommand, Outcome)] {
        let rows = try run("SELECT command, outcome FROM im66_outbox WHERE outcome IS NOT NULL ORDER BY place")
        return try rows.map {
            (try decoded(SendCommand.self, $0[0].text ?? ""), try decoded(Outcome.self, $0[1].text ?? ""))
        }
    }

    func outcome(of cid: String) throws -> Outcome? {
        let rows = try run("SELECT outcome FROM im66_outbox WHERE cid = ?", .text(cid))
        return try rows.first?[0].text.map { try decoded(Outcome.self, $0) }
    }

    /// Adds a message unless it is there.
    func enqueue(_ command: SendCommand, cid: String) throws {
        let count = try run("SELECT count(*) FROM im66_outbox WHERE outcome IS NULL")[0][0].int ?? 0
        if count >= Store.maxPending {
            throw Failure("queue_full", "\(Store.maxPending) messages wait already.")
        }
        try run(
            "INSERT OR IGNORE INTO im66_outbox (cid, command) VALUES (?, ?)", .text(cid), .text(try encoded(command)))
    }

    func settle(_ cid: String, _ outcome: Outcome) throws {
        try run("UPDATE im66_outbox SET outcome = ? WHERE cid = ?", .text(try encoded(outcome)), .text(cid))
    }

    func forget(_ cid: String) throws {
        try run("DELETE FROM im66_outbox WHERE cid = ?", .text(cid))
    }
}
