#if os(Linux)
import CCurl
import Dispatch
import Foundation

/// A connection by libcurl. Its handle is used on one queue only.
final class CurlWebSocket: WebSocket, @unchecked Sendable {
    let texts: AsyncThrowingStream<String, any Error>
    private let received: AsyncThrowingStream<String, any Error>.Continuation
    private let handle: UnsafeMutableRawPointer
    private let queue = DispatchQueue(label: "im66.socket")
    private let source: any DispatchSourceRead
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    private var message: [UInt8] = []
    private var isClosed = false

    static func open(_ url: URL, _ subprotocol: String) async throws -> CurlWebSocket {
        try await withCheckedThrowingContinuation { continuation in
            // It waits for the server, so it gets a thread of its own.
            DispatchQueue.global().async {
                continuation.resume(with: Result { try CurlWebSocket(url, subprotocol) })
            }
        }
    }

    private init(_ url: URL, _ subprotocol: String) throws {
        guard let handle = curl_easy_init() else { throw Closed(1006) }
        let headers = curl_slist_append(nil, "Sec-WebSocket-Protocol: \(subprotocol)")
        _ = im66_set_text(handle, CURLOPT_URL, url.absoluteString)
        _ = im66_set_list(handle, CURLOPT_HTTPHEADER, headers)
        _ = im66_set_number(handle, CURLOPT_TIMEOUT, connectSeconds)
        _ = im66_set_number(handle, CURLOPT_NOSIGNAL, 1)
        // 2: the handshake of a WebSocket, and no more.
        _ = im66_set_number(handle, CURLOPT_CONNECT_ONLY, 2)
        let result = curl_easy_perform(handle)
        curl_slist_free_all(headers)
        guard result == CURLE_OK else {
            curl_easy_cleanup(handle)
            throw Closed(1006)
        }
        self.handle = handle
        (texts, received) = AsyncThrowingStream.makeStream()
        source = DispatchSource.makeReadSource(fileDescriptor: im66_socket(handle), queue: queue)
        source.setEventHandler { [self] in receiveAll() }
        source.setCancelHandler { curl_easy_cleanup(handle) }
        source.resume()
        // The first frames may have come with the handshake.
        queue.async { [self] in receiveAll() }
    }

    func send(_ text: String) async throws {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [self] in
                continuation.resume(with: Result { try write(Array(text.utf8), CURLWS_TEXT) })
            }
        }
    }

    func close() {
        queue.async { [self] in
            try? write([0x03, 0xE8], CURLWS_CLOSE)
            end(1000)
        }
    }

    private func write(_ bytes: [UInt8], _ kind: Int32) throws {
        var done = 0
        while !isClosed {
            var sent = 0
            let result = bytes[done...].withUnsafeBytes {
                curl_ws_send(handle, $0.baseAddress, $0.count, &sent, 0, UInt32(kind))
            }
            done += sent
            if result == CURLE_OK && done >= bytes.count { return }
            if result != CURLE_OK && result != CURLE_AGAIN { break }
            var waiting = pollfd(fd: im66_socket(handle), events: Int16(POLLOUT), revents: 0)
            if poll(&waiting, 1, Int32(connectSeconds * 1000)) <= 0 { break }
        }
        end(1006)
        throw Closed(1006)
    }

    private func receiveAll() {
        while !isClosed {
            var count = 0
            var meta: UnsafePointer<curl_ws_frame>?
            switch curl_ws_recv(handle, &buffer, buffer.count, &count, &meta) {
            case CURLE_OK: receive(buffer[..<count], meta?.pointee ?? curl_ws_frame())
            case CURLE_AGAIN: return
            default: end(1006)
            }
        }
    }

    private func receive(_ bytes: ArraySlice<UInt8>, _ frame: curl_ws_frame) {
        if frame.flags & CURLWS_CLOSE != 0 {
            return end(bytes.count < 2 ? 1005 : Int(bytes[0]) << 8 | Int(bytes[1]))
        }
        if frame.flags & (CURLWS_TEXT | CURLWS_CONT) == 0 { return }
        message += bytes
        if message.count > maxFrameBytes { return end(1009) }
        if frame.bytesleft == 0 && frame.flags & CURLWS_CONT == 0 {
            received.yield(String(decoding: message, as: UTF8.self))
            message = []
        }
    }

    private func end(_ code: Int) {
        if isClosed { return }
        isClosed = true
        received.finish(throwing: Closed(code))
        source.cancel()
    }
}
#endif
