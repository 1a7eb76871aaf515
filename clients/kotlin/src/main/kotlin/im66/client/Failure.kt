package im66.client

import org.json.JSONObject

/**
 * What went wrong with a command or a call.
 *
 * [name]: one of the server's, or "disconnected": it is not known whether it was done; "ended": the connection will not
 * come back by itself; "queue_full": too many messages wait; "another_user": the store is of another person. [retry]: try again after so many seconds. [why]: what else
 * there is to tell apart. [fields]: what is wrong with each.
 */
class Failure(
    val name: String,
    val reason: String = "",
    val code: Int = 0,
    val retry: Double = 0.0,
    val why: String = "",
    val fields: Map<String, String> = emptyMap(),
) : Exception("$name: $reason") {
    /** Whether the same may succeed later. */
    val isPassing get() = name in setOf("disconnected", "too_fast", "try_again")

    companion object {
        /** [retry]: seconds, if [error] does not say. */
        internal fun of(error: JSONObject, retry: Double = 0.0) = Failure(
            error.getString("name"),
            error.optString("reason"),
            error.optInt("code"),
            error.optDouble("retry", retry),
            error.optString("why"),
            error.optional("fields", map { "$it" }).orEmpty(),
        )
    }
}

internal fun disconnected() = Failure("disconnected", "The server cannot be reached.")
