// A client of im66.json.v1 for Android and the JVM, on OkHttp. It comes back when it is cut off.
//
// val client = Client("wss://chat.example/entry", { JSONObject().put("token", freshToken()) }) { event -> show(event) }
// client.text("u:ben", "hello") { sent, error -> ... }

import java.util.UUID
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit.MILLISECONDS
import java.util.concurrent.TimeUnit.SECONDS
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.Response
import okhttp3.WebSocket
import okhttp3.WebSocketListener
import org.json.JSONObject

private val FOR_GOOD = setOf(4401, 4403, 4409, 4413)
private const val SHORTEST = 500L // milliseconds before it comes back
private const val LONGEST = 60_000L

class Client(
    private val url: String,
    private val prove: () -> JSONObject, // {"token": ...}, for each connection
    private val hear: (JSONObject) -> Unit
) : WebSocketListener() {
    private class Asked(val command: JSONObject, val answer: (JSONObject?, JSONObject?) -> Unit)

    private val thread = Executors.newSingleThreadScheduledExecutor() // all below is touched by it alone
    private val http = OkHttpClient.Builder().pingInterval(20, SECONDS).build()
    private val unanswered = LinkedHashMap<String, Asked>() // by cid
    private var since: Long? = null // the place in the log
    private var log: String? = null
    private var pause = SHORTEST
    private var socket: WebSocket? = null
    private var isIn = false

    init {
        thread.execute { connect() }
    }

    fun text(to: String, content: String, answer: (JSONObject?, JSONObject?) -> Unit = { _, _ -> }) = thread.execute {
        val cid = UUID.randomUUID().toString()
        val command = JSONObject().put("id", cid).put("cmd", "send").put("to", to)
        command.put("kind", "text").put("content", content).put("cid", cid)
        unanswered[cid] = Asked(command, answer)
        if (isIn) socket?.send(command.toString())
    }

    private fun connect() {
        val request = Request.Builder().url(url).header("Sec-WebSocket-Protocol", "im66.json.v1").build()
        socket = http.newWebSocket(request, this)
    }

    override fun onOpen(webSocket: WebSocket, response: Response) = thread.execute {
        val hello = prove().put("id", 0).put("cmd", "hello")
        since?.let { hello.put("since", it).put("log", log) }
        webSocket.send(hello.toString())
    }

    override fun onMessage(webSocket: WebSocket, text: String) = thread.execute { take(JSONObject(text)) }

    override fun onClosing(webSocket: WebSocket, code: Int, reason: String) {
        webSocket.close(1000, null)
        comeBack(webSocket, code)
    }

    override fun onFailure(webSocket: WebSocket, error: Throwable, response: Response?) = comeBack(webSocket, 1006)

    private fun comeBack(lost: WebSocket, code: Int) = thread.execute {
        if (lost !== socket) return@execute
        socket = null
        isIn = false
        if (code in FOR_GOOD) return@execute
        thread.schedule({ connect() }, (pause * (1 + Math.random())).toLong(), MILLISECONDS)
        pause = minOf(2 * pause, LONGEST)
    }

    private fun take(told: JSONObject) {
        val ok = told.optJSONObject("ok")
        val error = told.optJSONObject("error")
        if (told.has("ev")) {
            since = if (told["ev"] == "gap") told.getLong("to") else if (told.has("id")) told.getLong("id") else since
            hear(told)
        } else if (told.opt("re").toString() == "0" && ok != null) {
            pause = SHORTEST
            isIn = true
            since = since ?: ok.getLong("head")
            log = ok.getString("log")
            unanswered.values.forEach { socket?.send(it.command.toString()) } // with its cid: stored once
        } else if (error?.optInt("code") !in setOf(429, 503)) {
            unanswered.remove(told.opt("re").toString())?.answer?.invoke(ok, error)
        }
    }
}

fun main(args: Array<String>) {
    val (url, userid, to) = args
    val client = Client(url, { JSONObject().put("userid", userid) }) { println(it) }
    generateSequence(::readLine).forEach { client.text(to, it) }
}
