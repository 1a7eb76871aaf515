import Foundation

/// A text of which later versions of the server may add values.
public protocol Choice: RawRepresentable, Codable, Hashable, Sendable, ExpressibleByStringLiteral
where RawValue == String {
    init(rawValue: String)
}

extension Choice {
    public init(stringLiteral value: String) { self.init(rawValue: value) }
}

/// What a client asks of the server over its connection.
public protocol Command: Codable, Sendable {
    associatedtype Reply: Decodable & Sendable
    static var cmd: String { get }
}

/// A command as it goes over the wire.
struct CommandFrame<C: Command>: Encodable {
    let id: Int
    let command: C

    enum Keys: CodingKey { case id, cmd }

    func encode(to encoder: any Encoder) throws {
        try command.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(id, forKey: .id)
        try container.encode(C.cmd, forKey: .cmd)
    }
}

/// What decides where a frame of the server belongs.
struct Frame: Decodable {
    let re: Int?
    let ev: String?
    let id: Int?
    let to: Int?
    let error: Refusal?

    enum Keys: CodingKey { case re, ev, id, to, error }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        re = try? container.decode(Int.self, forKey: .re)
        ev = try? container.decode(String.self, forKey: .ev)
        id = try? container.decode(Int.self, forKey: .id)
        to = try? container.decode(Int.self, forKey: .to)
        error = try? container.decode(Refusal.self, forKey: .error)
    }
}

struct Reply<Ok: Decodable>: Decodable { let ok: Ok }

func decoded<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
    try JSONDecoder().decode(type, from: Data(text.utf8))
}

func encoded(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
}
