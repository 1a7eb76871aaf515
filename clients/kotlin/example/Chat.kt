// A chat in a terminal: java … ChatKt https://chat.example.com alice u:bob chat.sqlite3
//
// IM66_TOKEN_FILE names a file with a token, which is read again for each connection. A line is sent as it is;
// `/to u:carol` goes on elsewhere, `/list` lists conversations, `/file PATH` sends a picture, `/quit` ends it. What was
// sent and received stays in the database, also what was sent without a connection.

import im66.client.ApiConversation
import im66.client.Client
import im66.client.Edited
import im66.client.Event
import im66.client.Failure
import im66.client.Gap
import im66.client.JdbcSql
import im66.client.Message
import im66.client.Recalled
import im66.client.SendCommand
import im66.client.SqliteStore
import im66.client.State
import im66.client.ToSend
import java.io.File
import kotlin.system.exitProcess
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import okhttp3.RequestBody.Companion.asRequestBody

private const val TABLE = """
    CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY, conversation TEXT, author TEXT, content TEXT)
"""

/** The app's own table, in one database with what the client stores. */
class History(private val sql: JdbcSql, private val me: String) {
    init {
        sql.execute(TABLE)
    }

    fun print() {
        for ((id, conversation, author, content) in sql.query("SELECT * FROM message ORDER BY id")) {
            println("$id $conversation $author: $content")
        }
    }

    /** Runs in the transaction that notes the event as taken. */
    fun on(event: Event) {
        when (event) {
            is Message -> {
                add(event.id, event.conversation, event.from, event.content)
                println("${event.id} ${event.conversation} ${event.from}: ${event.content}")
            }
            is Edited -> sql.execute("UPDATE message SET content = ? WHERE id = ?", event.content, event.target)
            is Recalled -> sql.execute("DELETE FROM message WHERE id = ?", event.target)
            is Gap -> {
                sql.execute("DELETE FROM message")
                println("What is here is out of date: load it again.")
            }
            else -> {}
        }
    }

    /** Runs in the transaction that takes the message out of the outbox. */
    fun onSettled(message: SendCommand, result: Result<ToSend>) {
        result.onSuccess { sent ->
            add(sent.id, message.to, me, sent.content ?: message.content)
            println("${sent.id} ${message.to} sent: ${message.content}")
        }
        result.onFailure { println("Not sent, ${it.message}: ${message.content}") }
    }

    // One's own messages come both as replies and, after a restart, as events.
    private fun add(id: Long, conversation: String, author: String, content: String) {
        val verb = if (author == me) "INSERT OR REPLACE" else "INSERT"
        sql.execute("$verb INTO message VALUES (?, ?, ?, ?)", id, conversation, author, content)
    }
}

/** What the person types. */
class Prompt(private val client: Client, private var to: String) {
    suspend fun obey(line: String) {
        val (word, rest) = line.split(" ", limit = 2) + ""
        when (word) {
            "/to" -> to = rest
            "/list" -> list()
            "/file" -> upload(File(rest))
            "/quit" -> exitProcess(0)
            else -> client.send(to, line)
        }
    }

    private suspend fun list() = client.items("conversations").map(ApiConversation::of).take(20).collect {
        println("${it.id} ${it.title} (${it.unread})")
    }

    private suspend fun upload(file: File) {
        val stored = client.upload(file.asRequestBody(), file.name)
        client.send(to, stored.url, kind = stored.kind)
    }
}

private suspend fun show(state: State) = when (state) {
    is State.Open -> println("Open as ${state.welcome.user.userid}.")
    is State.Away -> println("Away for ${state.seconds} s.")
    is State.Ended -> println("Ended: ${state.failure.message}")
    State.Connecting, State.Stopped -> {}
}

fun main(args: Array<String>): Unit = runBlocking {
    val (url, userid, to, path) = args
    val sql = JdbcSql.open(path)
    val history = History(sql, userid)
    val file = System.getenv("IM66_TOKEN_FILE")?.let(::File)
    val client = Client(
        url,
        token = file?.let { { it.readText().trim() } },
        userid = userid,
        device = File(path).nameWithoutExtension,
        store = SqliteStore(sql),
        onSettled = history::onSettled,
    )
    history.print()
    launch { client.state.collect(::show) }
    launch { attempt { client.serve(history::on) } }
    client.start()
    val prompt = Prompt(client, to)
    while (true) {
        val line = withContext(Dispatchers.IO) { readlnOrNull() } ?: break
        launch { attempt { prompt.obey(line) } }
    }
}

private suspend fun attempt(act: suspend () -> Unit) {
    try {
        act()
    } catch (failure: Failure) {
        println("Failed: ${failure.message}")
    }
}
