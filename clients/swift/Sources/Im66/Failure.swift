/// What went wrong with a command or a call.
///
/// `name` is one of the server's, or `disconnected`: it is not known whether it was done; `ended`: the
/// connection will not come back by itself; `queue_full`: too many messages wait; `another_user`: the store
/// belongs to another person.
public struct Failure: Error, Codable, Hashable, Sendable {
    public var name: String
    public var reason: String
    public var code: Int
    /// Try again after so many seconds.
    public var retry: Double
    /// What else there is to tell apart.
    public var why: String
    /// What is wrong with each field.
    public var fields: [String: String]

    public init(
        _ name: String, _ reason: String = "", code: Int = 0, retry: Double = 0, why: String = "",
        fields: [String: String] = [:]
    ) {
        (self.name, self.reason, self.code, self.retry) = (name, reason, code, retry)
        (self.why, self.fields) = (why, fields)
    }

    init(_ refusal: Refusal) {
        self.init(
            refusal.name, refusal.reason, code: refusal.code, retry: Double(refusal.retry ?? 0),
            why: refusal.why ?? "")
    }

    /// Whether the same may succeed later.
    public var isPassing: Bool { ["disconnected", "too_fast", "try_again"].contains(name) }

    /// Whether it is not known if a call was carried out.
    var isUndecided: Bool { ["disconnected", "try_again"].contains(name) || why == "key_running" }

    static let disconnected = Failure("disconnected", "The server cannot be reached.")
    static let ended = Failure("ended", "The server does not let this client in any more.")
}
