package im66.client

import kotlin.math.pow
import kotlin.random.Random
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeoutOrNull
import okhttp3.OkHttpClient
import org.json.JSONObject

private const val RESTART = 1012
private const val UNPROVEN = 4401
// After these the server would refuse the same client again.
private val FOR_GOOD = setOf(UNPROVEN, 4403, 4409, 4413, UNWANTED)
private const val LONGEST_PAUSE_SECONDS = 30.0
// A named device says so often what it has taken.
private val ACK = 2.seconds
// When the app is back in front, a connection must answer within so long.
private val PROBE = 5.seconds

/** One connection after the other. */
internal class Reconnecting(
    private val http: OkHttpClient,
    private val url: String,
    private val credentials: Credentials,
    private val device: String?,
    private val inbox: Inbox,
    private val outbox: Outbox,
) : Connection.Listener {
    val state = MutableStateFlow<State>(State.Stopped)
    private val wake = Channel<Unit>(Channel.CONFLATED)
    private var connection: Connection? = null

    /** The connection, once the server has said welcome. Throws Failure if there is none. */
    val open get() = connection?.takeIf { it.welcome != null } ?: throw disconnected()

    /** Connect, and connect again, until cancelled or until the server lets the client in no more. */
    suspend fun run() {
        inbox.end(null)
        var failures = 0
        try {
            while (true) {
                state.value = State.Connecting
                val last = Connection(http, url, this)
                serve(last)
                failures = if (last.welcome != null) 0 else failures + 1
                if (last.code in FOR_GOOD && !(last.code == UNPROVEN && credentials.mayRenew())) return end(last.why)
                pause(maxOf(pauseAfter(last.code, failures), last.why?.retry ?: 0.0), last.why)
            }
        } finally {
            if (state.value !is State.Ended) state.value = State.Stopped
        }
    }

    /** Connect now instead of after the pause, or see whether the connection is alive. */
    suspend fun comeBack() {
        wake.trySend(Unit)
        connection?.takeIf { it.welcome != null }?.probe(PROBE)
    }

    override fun onWelcome(welcome: ToHello): Failure? {
        if (!inbox.belongsTo(welcome.user.userid)) {
            return Failure("another_user", "The store is of another person.")
        }
        // A device that is named may have older events to come.
        if (device == null && inbox.position == null) inbox.begin(Cursor(welcome.head, welcome.log))
        state.value = State.Open(welcome)
        return null
    }

    override fun onEvent(event: JSONObject) = inbox.add(event, open.welcome!!.log)

    private suspend fun serve(last: Connection) {
        connection = last
        try {
            coroutineScope {
                val talking = launch { talk(last) }
                last.receive()
                // What still waits for a reply is disconnected.
                last.end()
                talking.cancel()
            }
        } finally {
            connection = null
            last.end()
        }
    }

    /** Say hello, then send what waits and acknowledge what is taken. A hello that is refused ends the connection. */
    private suspend fun talk(last: Connection) = coroutineScope {
        try {
            last.ask(credentials.hello(device, inbox.position))
        } catch (stopped: CancellationException) {
            throw stopped
        } catch (failure: Failure) {
            // Otherwise the server closes, and says whether to come back.
            if (failure.name in setOf("invalid", "log_in_first")) last.end(UNPROVEN)
            else if (failure.isPassing) last.end()
            return@coroutineScope
        } catch (failed: Exception) {
            last.why = Failure("disconnected", "There is no token: $failed")
            last.end()
            return@coroutineScope
        }
        launch { acknowledge(last) }
        outbox.sendAll(last::ask)
    }

    private suspend fun acknowledge(last: Connection) {
        var acked = 0L
        while (device != null) {
            delay(ACK)
            val upto = inbox.upto
            if (upto <= acked) continue
            try {
                last.ask(AckCommand(upto))
                acked = upto
            } catch (_: Failure) {
                // What is not acknowledged comes again, and is not told again.
            }
        }
    }

    private suspend fun pause(seconds: Double, why: Failure?) {
        wake.tryReceive()
        state.value = State.Away(seconds, why)
        withTimeoutOrNull(seconds.seconds) { wake.receive() }
    }

    private fun end(why: Failure?) {
        val failure = why ?: Failure("ended", "The server does not let this client in any more.")
        outbox.fail(failure)
        inbox.end(failure)
        state.value = State.Ended(failure)
    }
}

/**
 * Seconds before connecting again. After a restart all clients come back, so they spread; otherwise each failure in a
 * row doubles the pause.
 */
private fun pauseAfter(code: Int, failures: Int): Double =
    if (code == RESTART && failures == 0) 0.3 + 2.7 * Random.nextDouble()
    else minOf(LONGEST_PAUSE_SECONDS, 2.0.pow(failures)) * (0.5 + 0.5 * Random.nextDouble())
