// A chat in a terminal: Im66Chat https://chat.example.com ana u:ben chat.sqlite
// Each line that is typed is a message; /help lists commands. Where people need tokens, IM66_TOKEN has one.

import Foundation
import Im66

/// The app's own tables, in the file where the client keeps its place: a message and the client's progress are
/// stored together, so unread messages are counted once even if the app is killed.
struct History: Sendable {
    let store: Store

    init(_ path: String) throws {
        store = try Store(path)
        try store.transaction {
            try $0.run(
                """
                CREATE TABLE IF NOT EXISTS message (
                    id INTEGER PRIMARY KEY, conversation TEXT NOT NULL, sender TEXT NOT NULL, content TEXT NOT NULL)
                """)
            try $0.run("CREATE TABLE IF NOT EXISTS conversation (id TEXT PRIMARY KEY, unread INTEGER NOT NULL)")
        }
    }

    static func add(_ id: Int, _ conversation: String, _ sender: String, _ content: String, to database: Database) throws {
        try database.run(
            "INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?)",
            .integer(id), .text(conversation), .text(sender), .text(content))
    }

    static func countUnread(_ conversation: String, in database: Database) throws {
        try database.run(
            """
            INSERT INTO conversation VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET unread = unread + 1
            """, .text(conversation))
    }

    func clearUnread(_ conversation: String) throws {
        try store.transaction { try $0.run("DELETE FROM conversation WHERE id = ?", .text(conversation)) }
    }

    func lastMessage(of conversation: String) throws -> Int? {
        try store.transaction {
            try $0.run("SELECT max(id) FROM message WHERE conversation = ?", .text(conversation))[0][0].int
        }
    }
}

struct Chat: Sendable {
    let client: Client
    let history: History
    let user: String
    let conversation: String

    func run() async throws {
        if try history.lastMessage(of: conversation) == nil { Task { try await loadHistory() } }
        await client.start()
        Task { await readLines() }
        try await client.serve(handle)
    }

    /// What the client hears. It runs inside a transaction, so it does nothing slow.
    @Sendable func handle(_ update: Update, _ database: Database) throws {
        switch update {
        case .open: show("(connected)")
        case .away(let seconds, let failure):
            show("(no connection; again in \(Int(seconds.rounded(.up))) s) \(failure?.reason ?? "")")
        case .sent(let command, let answer):
            // A moderators' rule may have replaced parts of it.
            let content = answer.content ?? command.content
            try History.add(answer.id, command.to, user, content, to: database)
            show("#\(answer.id) to \(command.to): \(content)")
        case .rejected(let command, let failure):
            show("(not sent: \(command.content)) \(failure.reason)")
        case .event(let event): try handle(event, database)
        }
    }

    func handle(_ event: Event, _ database: Database) throws {
        switch event {
        case .message(let message):
            try History.add(message.id, message.conversation, message.from, message.content, to: database)
            if message.from != user { try History.countUnread(message.conversation, in: database) }
            show("#\(message.id) \(message.from): \(text(message.kind, message.content))")
        case .edited(let edit):
            try database.run(
                "UPDATE message SET content = ? WHERE id = ?", .text(edit.content), .integer(edit.target))
            show("#\(edit.target) is now: \(edit.content)")
        case .recalled(let recall):
            try database.run("DELETE FROM message WHERE id = ?", .integer(recall.target))
            show("#\(recall.target) was recalled")
        case .reaction(let reaction):
            show("#\(reaction.target) \(reaction.on ? "has" : "lost") \(reaction.emoji) of \(reaction.from)")
        case .gap:
            // The server cannot continue where this app was: load everything anew.
            try database.run("DELETE FROM message")
            try database.run("DELETE FROM conversation")
            show("(the history is loaded anew)")
            Task { try await loadHistory() }
        case .typing(let typing): show("(\(typing.from) is typing)")
        default: break
        }
    }

    func loadHistory() async throws {
        let path = "conversations/\(conversation)/messages"
        let page = try await client.call("GET", path, query: ["limit": "20"], as: Page<ApiMessage>.self)
        try history.store.transaction { database in
            for message in page.items where message.recalled != true {
                let content = message.content ?? ""
                try History.add(message.id, conversation, message.from, content, to: database)
                show("#\(message.id) \(message.from): \(text(message.kind, content))")
            }
        }
    }

    func text(_ kind: Kind, _ content: String) -> String {
        switch kind {
        case .text: content
        case .picture, .audio, .video, .file: "[\(kind.rawValue)] \(content)"
        default: "[needs a newer version of this app]"
        }
    }

    func readLines() async {
        let (lines, typed) = AsyncStream<String>.makeStream()
        DispatchQueue.global().async {
            while let line = readLine() { typed.yield(line) }
            typed.finish()
        }
        for await line in lines where !line.isEmpty {
            do {
                try await obey(line.split(separator: " ", maxSplits: 2).map(String.init), line)
            } catch {
                show("(\(error))")
            }
        }
        await client.stop()
        leave(0)
    }

    func obey(_ words: [String], _ line: String) async throws {
        switch (words[0], words.count) {
        case ("/list", _):
            for try await one in client.items("conversations", as: ApiConversation.self) {
                show("\(one.id) \(one.title): \(one.last?.content ?? "") (\(one.unread) unread)")
            }
        case ("/read", _):
            guard let last = try history.lastMessage(of: conversation) else { return }
            try await client.read(conversation, upto: last)
            try history.clearUnread(conversation)
        case ("/react", 3):
            try await client.ask(ReactCommand(target: Int(words[1]) ?? 0, emoji: words[2]))
        case ("/upload", 2):
            let file = URL(fileURLWithPath: words[1])
            let stored = try await client.upload(Data(contentsOf: file), name: file.lastPathComponent)
            try await client.enqueue(SendCommand(to: conversation, kind: stored.kind, content: stored.url))
        case ("/push", 3):
            try await client.registerPushDevice(PushDevice(provider: words[1], token: words[2], app: ""))
            show("(registered)")
        case ("/quit", _):
            await client.stop()
            leave(0)
        case (let word, _) where word.hasPrefix("/"):
            show("/list, /read, /react ID EMOJI, /upload FILE, /push PROVIDER TOKEN, /quit")
        default:
            try await client.enqueue(SendCommand(to: conversation, kind: .text, content: line))
        }
    }
}

/// Without what `exit` does first: it may wait for the thread that reads lines.
func leave(_ code: Int32) -> Never { _exit(code) }

func show(_ line: String) {
    print(line)
    fflush(stdout)
}

let arguments = CommandLine.arguments
guard arguments.count > 4, let url = URL(string: arguments[1]) else {
    show("Im66Chat URL USERID CONVERSATION FILE")
    leave(2)
}
let token = ProcessInfo.processInfo.environment["IM66_TOKEN"]
let identity: Identity = token.map { token in .token { token } } ?? .userid(arguments[2])
let history = try History(arguments[4])
let client = try Client(url, as: identity, store: history.store, device: "terminal")
do {
    let chat = Chat(client: client, history: history, user: arguments[2], conversation: arguments[3])
    try await chat.run()
} catch {
    show("(ended) \(error)")
    leave(1)
}
