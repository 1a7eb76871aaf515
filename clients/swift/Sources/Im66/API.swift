import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

// Between the attempts at a call with a key. A server that was killed gives the key free after a minute.
private let pauses = [0.5, 1, 2, 4, 8, 16, 32]

/// A page of a list.
public struct Page<Item: Decodable & Sendable>: Decodable, Sendable {
    public let items: [Item]
    public let next: JSON?
}

/// A device that a push service reaches.
public struct PushDevice: Codable, Hashable, Sendable {
    public var provider: String
    public var token: String
    public var app: String
    public var language: String
    public var timeZone: String
    /// A public key of X25519 in base64url, for encrypted pushes.
    public var key: String

    /// By default, an app of this bundle id, in the language and time zone of the device.
    public init(
        provider: String = "apns", token: String, app: String = Bundle.main.bundleIdentifier ?? "",
        language: String = Locale.preferredLanguages.first ?? "", timeZone: String = TimeZone.current.identifier,
        key: String = ""
    ) {
        (self.provider, self.token, self.app, self.language) = (provider, token, app, language)
        (self.timeZone, self.key) = (timeZone, key)
    }

    /// With the token as `application(_:didRegisterForRemoteNotificationsWithDeviceToken:)` gives it.
    public init(apns token: Data) {
        self.init(token: token.map { String(format: "%02x", $0) }.joined())
    }

    enum CodingKeys: String, CodingKey {
        case provider, token, app, language, key
        case timeZone = "time_zone"
    }
}

extension Client {
    /// Calls the API: `call("GET", "conversations", as: Page<ApiConversation>.self)`. `key`: of a POST that is to
    /// be done once, such as `UUID().uuidString`; without an answer it is repeated, for a minute. Throws Failure.
    @discardableResult
    public nonisolated func call<T: Decodable>(
        _ method: String, _ path: String, query: [String: String] = [:], body: (any Encodable & Sendable)? = nil,
        key: String? = nil, as type: T.Type = JSON.self
    ) async throws -> T {
        var request = try request(method, path, query)
        if let body {
            request.httpBody = try JSONEncoder().encode(body)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        guard let key else { return try await answer(to: request, as: type) }
        request.setValue(key, forHTTPHeaderField: "Idempotency-Key")
        for seconds in pauses {
            do {
                return try await answer(to: request, as: type)
            } catch let failure as Failure where failure.isUndecided {
                try await Task.sleep(for: .seconds(seconds))
            }
        }
        return try await answer(to: request, as: type)
    }

    /// All of a list that comes in pages, which are asked for one after the other. Throws Failure.
    public nonisolated func items<T: Decodable & Sendable>(
        _ path: String, query: [String: String] = [:], as type: T.Type
    ) -> AsyncThrowingStream<T, any Error> {
        AsyncThrowingStream { continuation in
            let loading = Task {
                do {
                    var query = query
                    repeat {
                        let page = try await call("GET", path, query: query, as: Page<T>.self)
                        for item in page.items { continuation.yield(item) }
                        query["after"] = page.next.flatMap { $0.string ?? $0.int.map(String.init) }
                    } while query["after"] != nil
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in loading.cancel() }
        }
    }

    /// Uploads a picture, a voice message or a video. Its `url` is the content of a message of its `kind`.
    /// Throws Failure.
    public nonisolated func upload(_ content: Data, name: String = "file") async throws -> ApiStored {
        let boundary = UUID().uuidString
        let fileName = name.filter { !"\\\"\r\n".contains($0) }
        var body = Data(
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(fileName)\"\r\n\r\n".utf8)
        body += content + Data("\r\n--\(boundary)--\r\n".utf8)
        var request = try request("POST", "uploads", [:])
        request.timeoutInterval = 600
        request.httpBody = body
        request.setValue("multipart/form-data; boundary=\(boundary)", forHTTPHeaderField: "Content-Type")
        return try await answer(to: request, as: ApiStored.self)
    }

    /// Pushes reach this device from now on; `id` names it. Throws Failure.
    public nonisolated func registerPushDevice(_ push: PushDevice, id: String? = nil) async throws {
        try await call("PUT", "me/push-devices/\(try pushId(id))", body: push)
    }

    /// No more pushes reach this device. Throws Failure.
    public nonisolated func deletePushDevice(id: String? = nil) async throws {
        try await call("DELETE", "me/push-devices/\(try pushId(id))")
    }

    private nonisolated func pushId(_ id: String?) throws -> String {
        guard let id = id ?? device else { throw Failure("invalid", "A device needs a name.") }
        return id
    }

    private nonisolated func request(_ method: String, _ path: String, _ query: [String: String]) throws -> URLRequest {
        var parts = URLComponents(
            url: url.appendingPathComponent("api/v1/\(path)"), resolvingAgainstBaseURL: false)
        if !query.isEmpty {
            parts?.queryItems = query.sorted { $0.key < $1.key }.map(URLQueryItem.init)
            // In a query, + is a space.
            let encoded = parts?.percentEncodedQuery?.replacingOccurrences(of: "+", with: "%2B")
            parts?.percentEncodedQuery = encoded
        }
        guard let address = parts?.url else { throw Failure("invalid", "No such path: \(path)") }
        var request = URLRequest(url: address, timeoutInterval: 15)
        request.httpMethod = method
        return request
    }

    private nonisolated func answer<T: Decodable>(to request: URLRequest, as type: T.Type) async throws -> T {
        var request = request
        request.setValue(try await authorization(), forHTTPHeaderField: "Authorization")
        guard let (data, response) = try? await URLSession.shared.data(for: request),
            let status = (response as? HTTPURLResponse)?.statusCode
        else { throw Failure.disconnected }
        guard status < 400 else { throw failure(status, data) }
        do {
            return try JSONDecoder().decode(type, from: data.isEmpty ? Data("null".utf8) : data)
        } catch {
            throw Failure("unreadable", "\(error)")
        }
    }

    private nonisolated func authorization() async throws -> String {
        switch identity {
        case .token(let token): return "Bearer \(try await token())"
        case .userid(let userid):
            return "Userid \(userid.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
        }
    }
}

/// Something on the way may have answered with a page of its own.
private func failure(_ status: Int, _ data: Data) -> Failure {
    struct Answer: Decodable {
        struct Refused: Decodable {
            let name: String
            let reason: String
            let retry: Double?
            let why: String?
            let fields: [String: JSON]?
        }
        let error: Refused
    }
    guard let error = try? JSONDecoder().decode(Answer.self, from: data).error else {
        return Failure("try_again", "The server has failed.", code: status)
    }
    let fields = (error.fields ?? [:]).mapValues { $0.string ?? "" }
    return Failure(
        error.name, error.reason, code: status, retry: error.retry ?? 0, why: error.why ?? "", fields: fields)
}
