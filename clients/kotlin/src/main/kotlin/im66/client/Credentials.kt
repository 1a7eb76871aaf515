package im66.client

import java.net.URLEncoder
import kotlin.time.Duration.Companion.seconds
import kotlin.time.TimeSource

// A new token is asked for once in so long, if the server refuses one.
private val RENEW = 30.seconds

/** How the client proves who calls. */
internal class Credentials(private val token: (suspend () -> String)?, private val userid: String?) {
    private var renewed: TimeSource.Monotonic.ValueTimeMark? = null

    suspend fun hello(device: String?, cursor: Cursor?) = HelloCommand(
        token = token?.invoke(),
        userid = userid.takeIf { token == null },
        device = device,
        since = cursor?.since,
        log = cursor?.log,
    )

    /** The header of that name. */
    suspend fun authorization() =
        if (token != null) "Bearer ${token.invoke()}"
        else "Userid ${encoded(userid.orEmpty())}"

    /** Whether another token may help. */
    fun mayRenew(): Boolean {
        val isTooSoon = renewed?.let { it.elapsedNow() < RENEW } ?: false
        if (token == null || isTooSoon) return false
        renewed = TimeSource.Monotonic.markNow()
        return true
    }
}

/** As a part of a path. */
internal fun encoded(text: String): String = URLEncoder.encode(text, "UTF-8").replace("+", "%20")
