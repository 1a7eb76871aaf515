// A client of im66.json.v1 for iOS, macOS and Linux, on Foundation alone. It comes back when it is cut off.
//
// let client = Client("wss://chat.example/entry", prove: { ["token": freshToken()] }, hear: { event in show(event) })
// Task { await client.run() }
// let sent = try await client.text("u:ben", "hello")

import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

typealias JSON = [String: Any]

struct Refused: Error { let error: JSON }

private let forGood: Set<Int> = [4401, 4403, 4409, 4413]
private let (shortest, longest) = (0.5, 60.0)  // seconds before it comes back

actor Client {
    private struct Asked {
        let cid: String
        let command: JSON
        let answer: CheckedContinuation<JSON, Error>
    }

    private let url: URL
    private let prove: () -> JSON  // ["token": ...], for each connection
    private let hear: (JSON) -> Void
    private var unanswered: [Asked] = []
    private var since: Int?  // the place in the log
    private var log: String?
    private var pause = shortest
    private var socket: URLSessionWebSocketTask?
    private var isIn = false

    init(_ url: String, prove: @escaping () -> JSON, hear: @escaping (JSON) -> Void) {
        (self.url, self.prove, self.hear) = (URL(string: url)!, prove, hear)
    }

    /// Until the server closes the connection for good.
    func run() async {
        while !Task.isCancelled {
            var request = URLRequest(url: url)
            request.setValue("im66.json.v1", forHTTPHeaderField: "Sec-WebSocket-Protocol")
            request.setValue("Upgrade", forHTTPHeaderField: "Connection")  // left out on Linux; Apple's sets it anyway
            let opened = URLSession.shared.webSocketTask(with: request)
            socket = opened
            opened.resume()
            try? await talk(opened)
            (socket, isIn) = (nil, false)
            opened.cancel()
            if forGood.contains(opened.closeCode.rawValue) { return }
            try? await Task.sleep(nanoseconds: UInt64(pause * Double.random(in: 1...2) * 1e9))
            pause = min(2 * pause, longest)
        }
    }

    /// The answer to the message, when it is in the log. Throws Refused.
    func text(_ to: String, _ content: String) async throws -> JSON {
        let cid = UUID().uuidString
        let command: JSON = ["id": cid, "cmd": "send", "to": to, "kind": "text", "content": content, "cid": cid]
        return try await withCheckedThrowingContinuation { answer in
            unanswered.append(Asked(cid: cid, command: command, answer: answer))
            if isIn { Task { try? await send(command) } }
        }
    }

    private func talk(_ opened: URLSessionWebSocketTask) async throws {
        var hello = prove().merging(["id": 0, "cmd": "hello"]) { _, ours in ours }
        if let since { (hello["since"], hello["log"]) = (since, log) }
        try await send(hello)
        while true {
            guard case .string(let text) = try await opened.receive() else { continue }
            try await take(JSONSerialization.jsonObject(with: Data(text.utf8)) as? JSON ?? [:])
        }
    }

    private func take(_ told: JSON) async throws {
        let (ok, error) = (told["ok"] as? JSON, told["error"] as? JSON)
        if let event = told["ev"] as? String {
            since = (event == "gap" ? told["to"] : told["id"]) as? Int ?? since
            hear(told)
        } else if told["re"] as? Int == 0, let ok {
            (pause, isIn, log) = (shortest, true, ok["log"] as? String)
            since = since ?? ok["head"] as? Int
            for asked in unanswered { try await send(asked.command) }  // with its cid: stored once
        } else if ![429, 503].contains(error?["code"] as? Int ?? 0),
            let place = unanswered.firstIndex(where: { $0.cid == told["re"] as? String })
        {
            let answer = unanswered.remove(at: place).answer
            if let ok { answer.resume(returning: ok) } else { answer.resume(throwing: Refused(error: error ?? [:])) }
        }
    }

    private func send(_ command: JSON) async throws {
        let data = try JSONSerialization.data(withJSONObject: command)
        try await socket?.send(.string(String(decoding: data, as: UTF8.self)))
    }
}

let arguments = CommandLine.arguments
let client = Client(arguments[1], prove: { ["userid": arguments[2]] }) { event in
    print(String(decoding: try! JSONSerialization.data(withJSONObject: event), as: UTF8.self))
    fflush(stdout)
}
Task { await client.run() }
while let line = readLine() { Task { try await client.text(arguments[3], line) } }
