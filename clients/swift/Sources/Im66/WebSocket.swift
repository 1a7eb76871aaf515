import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// One connection that carries texts.
public protocol WebSocket: Sendable {
    /// What the server sends, in order. Ends by throwing `Closed`.
    var texts: AsyncThrowingStream<String, any Error> { get }
    func send(_ text: String) async throws
    func close()
}

/// The connection has ended. `code`: that of the WebSocket protocol; 1006 without one.
public struct Closed: Error, Hashable {
    public var code: Int
    public init(_ code: Int) { self.code = code }
}

/// Opens a connection with a subprotocol.
public typealias Connect = @Sendable (URL, _ subprotocol: String) async throws -> any WebSocket

let maxFrameBytes = 4 * 1024 * 1024
let connectSeconds = 20

/// That of the platform. URLSession of swift-corelibs-foundation gives frames of more than 4 KB in pieces and
/// hides the close codes of applications, so Linux uses libcurl.
#if os(Linux)
let openWebSocket: Connect = { try await CurlWebSocket.open($0, $1) }
#else
let openWebSocket: Connect = { URLSessionWebSocket($0, $1) }

struct URLSessionWebSocket: WebSocket {
    let texts: AsyncThrowingStream<String, any Error>
    private let task: URLSessionWebSocketTask

    init(_ url: URL, _ subprotocol: String) {
        var request = URLRequest(url: url, timeoutInterval: TimeInterval(connectSeconds))
        request.setValue(subprotocol, forHTTPHeaderField: "Sec-WebSocket-Protocol")
        let task = URLSession.shared.webSocketTask(with: request)
        task.maximumMessageSize = maxFrameBytes
        texts = AsyncThrowingStream { try await Self.next(task) }
        self.task = task
        task.resume()
    }

    private static func next(_ task: URLSessionWebSocketTask) async throws -> String {
        while true {
            do {
                if case .string(let text) = try await task.receive() { return text }
            } catch {
                let code = task.closeCode.rawValue
                throw Closed(code == 0 ? 1006 : code)
            }
        }
    }

    func send(_ text: String) async throws { try await task.send(.string(text)) }

    func close() { task.cancel(with: .normalClosure, reason: nil) }
}
#endif
