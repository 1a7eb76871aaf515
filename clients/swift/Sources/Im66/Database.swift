import CSQLite
import Foundation

/// A value of a column or parameter.
public enum Value: Hashable, Sendable {
    case null
    case integer(Int)
    case real(Double)
    case text(String)
    case blob(Data)

    public var int: Int? {
        if case .integer(let value) = self { return value }
        return nil
    }

    public var text: String? {
        if case .text(let value) = self { return value }
        return nil
    }
}

public struct DatabaseError: Error, CustomStringConvertible {
    public let description: String
}

/// An open file of SQLite, inside a transaction of a `Store`.
public final class Database {
    private var handle: OpaquePointer?

    init(_ path: String) throws {
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX
        guard sqlite3_open_v2(path, &handle, flags, nil) == SQLITE_OK else { throw problem() }
        sqlite3_busy_timeout(handle, 5000)
    }

    deinit { sqlite3_close(handle) }

    /// Runs one statement; returns its rows.
    @discardableResult
    public func run(_ statement: String, _ values: Value...) throws -> [[Value]] {
        var prepared: OpaquePointer?
        guard sqlite3_prepare_v2(handle, statement, -1, &prepared, nil) == SQLITE_OK else { throw problem() }
        defer { sqlite3_finalize(prepared) }
        for (place, value) in values.enumerated() { try bind(value, Int32(place + 1), prepared) }
        var rows: [[Value]] = []
        while true {
            switch sqlite3_step(prepared) {
            case SQLITE_ROW: rows.append((0..<sqlite3_column_count(prepared)).map { column($0, prepared) })
            case SQLITE_DONE: return rows
            default: throw problem()
            }
        }
    }

    private func bind(_ value: Value, _ place: Int32, _ prepared: OpaquePointer?) throws {
        // SQLite copies what is bound.
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let result =
            switch value {
            case .null: sqlite3_bind_null(prepared, place)
            case .integer(let number): sqlite3_bind_int64(prepared, place, Int64(number))
            case .real(let number): sqlite3_bind_double(prepared, place, number)
            case .text(let text): sqlite3_bind_text(prepared, place, text, Int32(text.utf8.count), copied)
            case .blob(let data):
                data.withUnsafeBytes {
                    sqlite3_bind_blob64(prepared, place, $0.baseAddress, sqlite3_uint64($0.count), copied)
                }
            }
        guard result == SQLITE_OK else { throw problem() }
    }

    private func column(_ place: Int32, _ prepared: OpaquePointer?) -> Value {
        switch sqlite3_column_type(prepared, place) {
        case SQLITE_INTEGER: .integer(Int(sqlite3_column_int64(prepared, place)))
        case SQLITE_FLOAT: .real(sqlite3_column_double(prepared, place))
        case SQLITE_TEXT: .text(String(decoding: bytes(place, prepared), as: UTF8.self))
        case SQLITE_BLOB: .blob(bytes(place, prepared))
        default: .null
        }
    }

    private func bytes(_ place: Int32, _ prepared: OpaquePointer?) -> Data {
        guard let start = sqlite3_column_blob(prepared, place) else { return Data() }
        return Data(bytes: start, count: Int(sqlite3_column_bytes(prepared, place)))
    }

    private func problem() -> DatabaseError {
        DatabaseError(description: String(cString: sqlite3_errmsg(handle)))
    }
}
