package im66.client

import java.math.BigInteger
import java.security.SecureRandom
import java.util.Locale
import java.util.TimeZone
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.isActive
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import okhttp3.OkHttpClient
import okhttp3.RequestBody
import org.json.JSONObject

/** How the connection is. */
sealed interface State {
    data object Stopped : State

    data object Connecting : State

    data class Open(val welcome: ToHello) : State

    /** It tries again after so many [seconds]. [cause]: why it ended, if that is known. */
    data class Away(val seconds: Double, val cause: Failure?) : State

    /** It will not come back by itself: [Client.start] tries once more. */
    data class Ended(val failure: Failure) : State
}

/**
 * One connection that comes back by itself, between [start] and [stop]. Events come once and in order; messages are sent
 * until the server has them, and stored once.
 *
 * [token] is asked for one for each connection; [userid]: instead, where the server is open. [device]: a name under
 * which the server remembers what this device has taken. [store]: where to go on after a restart of the app.
 * [onSettled] is called when the server has taken or refused a message, also one of an earlier run, in the
 * transaction that removes it from the store.
 */
class Client(
    url: String,
    token: (suspend () -> String)? = null,
    userid: String? = null,
    device: String? = null,
    store: Store = MemoryStore(),
    http: OkHttpClient = OkHttpClient(),
    onSettled: (message: SendCommand, result: Result<ToSend>) -> Unit = { _, _ -> },
) {
    // All that changes belongs to it.
    @OptIn(ExperimentalCoroutinesApi::class)
    private val lane = Dispatchers.IO.limitedParallelism(1)
    private val scope = CoroutineScope(SupervisorJob() + lane)
    private val credentials = Credentials(token, userid)
    private val calls = Http(http, url.trimEnd('/'), credentials::authorization)
    private val outbox = Outbox(store, onSettled)
    private val inbox = Inbox(store)
    private val connections = Reconnecting(http, url.trimEnd('/'), credentials, device, inbox, outbox)
    private var running: Job? = null

    val state: StateFlow<State> = connections.state.asStateFlow()

    /** Connect, and connect again whenever the connection ends, until [stop]. */
    @Synchronized
    fun start() {
        if (running?.isActive == true) return
        val before = running
        running = scope.launch {
            before?.join()
            connections.run()
        }
    }

    /** End the connection. Messages that wait are sent after the next [start]. */
    @Synchronized
    fun stop() {
        running?.cancel()
    }

    /** Connect now instead of after a pause, and see whether a connection is alive: app or network are back. */
    fun comeBack() {
        scope.launch { connections.comeBack() }
    }

    /**
     * Each event, to one collector at a time. It counts as taken when the collector is done with it; after a crash
     * meanwhile it comes again. Throws [Failure] if the connection will not come back by itself.
     */
    fun events(): Flow<Event> = flow {
        inbox.mutex.withLock {
            while (true) {
                val next = withContext(lane) { inbox.next() }
                try {
                    emit(next.event)
                } catch (ended: CancellationException) {
                    // The collector has what it needs, as with `first`; a cancelled one may not be done.
                    if (currentCoroutineContext().isActive) withContext(lane) { inbox.take(next) }
                    throw ended
                }
                withContext(lane) { inbox.take(next) }
            }
        }
    }

    /**
     * Handle each event in a transaction of the store, which also notes it as taken: what [handler] writes into the
     * same database is there once, whatever happens. Throws [Failure] as [events] does, and what [handler] throws.
     */
    suspend fun serve(handler: (Event) -> Unit): Unit = inbox.mutex.withLock {
        withContext(lane) {
            while (true) {
                val next = inbox.next()
                inbox.take(next) { handler(next.event) }
            }
        }
    }

    /** Messages that the server may not have yet. */
    suspend fun pending(): List<SendCommand> = withContext(lane) { outbox.pending }

    /**
     * Send a message to `u:<userid>` or `g:<groupid>`, now or when there is a connection. Returns its `id` and `time`.
     * The message is sent even if the caller is cancelled meanwhile. Throws [Failure] if the server refuses it.
     */
    suspend fun send(
        to: String,
        content: String,
        kind: String = "text",
        reply: Long? = null,
        mentions: List<String> = emptyList(),
        cid: String = newCid(),
    ): ToSend = send(SendCommand(to, kind, content, cid = cid, reply = reply, mentions = mentions))

    suspend fun send(message: SendCommand): ToSend = withContext(lane) {
        outbox.add(if (message.cid == null) message.copy(cid = newCid()) else message)
    }.await()

    /** Any other command. Throws [Failure]; "disconnected" if it is not known whether it was done. */
    suspend fun <R> ask(command: Command<R>): R = withContext(lane) {
        connections.open.ask(command)
    }

    /** Everything up to this message has been read there. */
    suspend fun read(to: String, upto: Long): ToRead = ask(ReadCommand(to, upto))

    /** Call the API below `/api/v1/`: `call("GET", "conversations")`. Throws [Failure]. */
    suspend fun call(
        method: String,
        path: String,
        query: Map<String, Any?> = emptyMap(),
        body: JSONObject? = null,
    ): JSONObject = calls.call(method, path, query, body)

    /** All of a list that comes in pages, which are asked for one after the other. `limit`: of a page. */
    fun items(path: String, query: Map<String, Any?> = emptyMap()): Flow<JSONObject> = flow {
        var after: String? = null
        do {
            val page = call("GET", path, query + ("after" to after))
            page.required("items", list(part { it })).forEach { emit(it) }
            after = page.optional("next", string)
        } while (after != null)
    }

    /** Upload a picture, a voice message or a video. Its `url` is the content of a message of its `kind`. */
    suspend fun upload(content: RequestBody, name: String = "file"): ApiStored = ApiStored.of(calls.upload(content, name))

    /** Let [provider] (`fcm`, …) wake this device. [app]: its package name. [id]: a name that the app chooses. */
    suspend fun registerPushDevice(
        id: String,
        provider: String,
        token: String,
        app: String = "",
        language: String = Locale.getDefault().toLanguageTag(),
        timeZone: String = TimeZone.getDefault().id,
        key: String = "",
    ) {
        val body = jsonOf(
            "provider" to provider, "token" to token, "app" to app,
            "language" to language, "time_zone" to timeZone, "key" to key,
        )
        call("PUT", "me/push-devices/${encoded(id)}", body = body)
    }

    suspend fun deletePushDevice(id: String) {
        call("DELETE", "me/push-devices/${encoded(id)}")
    }
}

private val random = SecureRandom()

/** The time first: the server finds such names faster. */
internal fun newCid(): String =
    "${System.currentTimeMillis().toString(16)}-${BigInteger(80, random).toString(16)}"
