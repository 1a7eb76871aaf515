package im66.client

import org.json.JSONObject

/** The last event that was taken, and the log that it is of. */
data class Cursor(val since: Long, val log: String)

/**
 * What outlives the app: where to go on, and the messages that the server may not have yet. One store belongs to one
 * person on one device, and to one [Client] at a time, which never calls it from two threads at once.
 */
interface Store {
    /** The person; null before the first connection. */
    var owner: String?

    var cursor: Cursor?

    /** Oldest first. */
    fun pending(): List<SendCommand>

    fun add(message: SendCommand)

    fun remove(cid: String)

    /** All of what [block] writes is stored, or nothing. */
    fun <T> transaction(block: () -> T): T
}

/** For programs that begin anew: nothing is stored. */
class MemoryStore : Store {
    private val messages = LinkedHashMap<String, SendCommand>()
    override var owner: String? = null
    override var cursor: Cursor? = null

    override fun pending() = messages.values.toList()

    override fun add(message: SendCommand) {
        messages[message.cid!!] = message
    }

    override fun remove(cid: String) {
        messages.remove(cid)
    }

    override fun <T> transaction(block: () -> T) = block()
}

/** A database of SQLite: [JdbcSql] on the JVM, [AndroidSql] on Android. */
interface Sql {
    fun execute(statement: String, vararg values: Any?)

    /** The rows. */
    fun query(statement: String, vararg values: Any?): List<List<String?>>

    fun <T> transaction(block: () -> T): T
}

/**
 * Two tables in a database, which may be the app's own: what the app writes with [sql] in a transaction of the client
 * is stored together with the cursor.
 */
class SqliteStore(sql: Sql) : Store {
    // Not before the client needs it: an app makes its client on the thread that draws.
    private val sql by lazy { sql.also(::createTables) }

    override var owner: String?
        get() = read("owner")
        set(value) = write("owner", value)

    override var cursor: Cursor?
        get() = read("since")?.let { since -> Cursor(since.toLong(), read("log").orEmpty()) }
        set(value) {
            write("since", value?.since)
            write("log", value?.log)
        }

    override fun pending() = sql.query("SELECT message FROM im66_outbox ORDER BY position").map { (message) ->
        SendCommand.of(JSONObject(message!!))
    }

    override fun add(message: SendCommand) =
        sql.execute("INSERT INTO im66_outbox (cid, message) VALUES (?, ?)", message.cid, "${message.toJson()}")

    override fun remove(cid: String) = sql.execute("DELETE FROM im66_outbox WHERE cid = ?", cid)

    override fun <T> transaction(block: () -> T) = sql.transaction(block)

    private fun read(name: String) =
        sql.query("SELECT value FROM im66_state WHERE name = ?", name).firstOrNull()?.first()

    private fun write(name: String, value: Any?) =
        sql.execute("INSERT OR REPLACE INTO im66_state (name, value) VALUES (?, ?)", name, value?.toString())
}

private fun createTables(sql: Sql) = sql.transaction {
    sql.execute("CREATE TABLE IF NOT EXISTS im66_state (name TEXT PRIMARY KEY, value TEXT)")
    sql.execute("CREATE TABLE IF NOT EXISTS im66_outbox (position INTEGER PRIMARY KEY, cid TEXT UNIQUE, message TEXT NOT NULL)")
}
