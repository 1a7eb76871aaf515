package im66.client

import java.util.concurrent.TimeUnit.SECONDS
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.withTimeoutOrNull
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.Response
import okhttp3.WebSocket
import okhttp3.WebSocketListener
import org.json.JSONObject

private const val SUBPROTOCOL = "im66.json.v1"
private const val PING_SECONDS = 20L
private const val NORMAL = 1000
private const val LOST = 1006
/** Not of the server: the client itself does not want the connection. */
internal const val UNWANTED = 0
private val ANSWER = 20.seconds

/** One connection: the frames of the dialect. All but what OkHttp calls belongs to one thread at a time. */
internal class Connection(http: OkHttpClient, url: String, private val client: Listener) {
    interface Listener {
        /** Returns why the connection must end, or null. */
        fun onWelcome(welcome: ToHello): Failure?

        fun onEvent(event: JSONObject)
    }

    /** What the server said to `hello`. */
    var welcome: ToHello? = null
        private set

    /** With which code the connection ended, and why, if the server said so. */
    @Volatile var code = LOST
    var why: Failure? = null

    private val frames = Channel<JSONObject>(Channel.UNLIMITED)
    private val opened = CompletableDeferred<Unit>()
    private val replies = HashMap<Long, CompletableDeferred<JSONObject>>()
    private var lastId = 0L
    // Before the first hello is answered, the server's heartbeat is not known.
    private var silence = ANSWER
    private val socket = http.newBuilder().pingInterval(PING_SECONDS, SECONDS).build().newWebSocket(
        Request.Builder().url("$url/entry").header("Sec-WebSocket-Protocol", SUBPROTOCOL).build(),
        Frames(),
    )

    /** Hands on what comes, until the connection has ended or is silent for longer than a server is. */
    suspend fun receive() {
        while (true) {
            val next = withTimeoutOrNull(silence) { frames.receiveCatching() } ?: return
            take(next.getOrNull() ?: return)
        }
    }

    /** Returns what `ok` holds. Throws Failure; "disconnected" if it is not known whether it was done. */
    suspend fun <R> ask(command: Command<R>): R {
        opened.await()
        val id = ++lastId
        val frame = command.toJson().put("cmd", command.cmd).put("id", id).toString()
        // The server would end the connection, for good.
        if (frame.toByteArray().size > (welcome?.limits?.get("frame") ?: Long.MAX_VALUE)) {
            throw Failure("too_long", "The frame is too large.", 413)
        }
        val reply = CompletableDeferred<JSONObject>()
        replies[id] = reply
        try {
            socket.send(frame)
            return command.parsed(withTimeoutOrNull(ANSWER) { reply.await() } ?: throw disconnected())
        } finally {
            replies.remove(id)
        }
    }

    /** End it unless it answers soon. */
    suspend fun probe(patience: Duration) {
        try {
            withTimeoutOrNull(patience) { ask(PingCommand) } ?: end()
        } catch (_: Failure) {
            // It has answered, or has ended.
        }
    }

    /** What comes on it after all comes on the next one too. */
    fun end(code: Int = this.code) {
        this.code = code
        frames.cancel()
        if (!socket.close(NORMAL, null)) socket.cancel()
        for (reply in replies.values) reply.completeExceptionally(disconnected())
    }

    private fun take(frame: JSONObject) {
        if (frame.has("ev")) return client.onEvent(frame)
        val error = frame.optJSONObject("error")?.let { Failure.of(it) }
        val reply = frame.optional("re", long)?.let(replies::get)
        if (error != null) {
            // Why the connection ends.
            if (reply == null || welcome == null) why = error
            reply?.completeExceptionally(error)
        } else {
            // At once, because what is repeated comes next. Until then nothing but hello is asked.
            if (welcome == null) welcome(frame.getJSONObject("ok"))
            reply?.complete(frame.getJSONObject("ok"))
        }
    }

    private fun welcome(ok: JSONObject) {
        val welcome = ToHello.of(ok)
        why = client.onWelcome(welcome)
        if (why != null) return end(UNWANTED)
        this.welcome = welcome
        silence = (2.5 * welcome.heartbeat).seconds
    }

    private inner class Frames : WebSocketListener() {
        override fun onOpen(webSocket: WebSocket, response: Response) {
            opened.complete(Unit)
        }

        override fun onMessage(webSocket: WebSocket, text: String) {
            frames.trySend(JSONObject(text))
        }

        override fun onClosing(webSocket: WebSocket, code: Int, reason: String) {
            // Otherwise the client has ended it, for a reason of its own.
            if (this@Connection.code == LOST) this@Connection.code = code
            webSocket.close(NORMAL, null)
            frames.close()
        }

        override fun onFailure(webSocket: WebSocket, t: Throwable, response: Response?) {
            frames.close()
        }
    }
}
