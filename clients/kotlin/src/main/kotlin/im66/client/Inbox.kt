package im66.client

import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.sync.Mutex
import org.json.JSONObject

/** Events that have come and wait to be taken, and the place in the log up to which they were taken. */
internal class Inbox(private val store: Store) {
    /** [cursor]: where to go on once the event is taken; null if that stays as it is. */
    class Arrived(val event: Event, val cursor: Cursor?)

    /** One collector takes events at a time. */
    val mutex = Mutex()

    private val waiting = ArrayDeque<Arrived>()
    private val filled = Channel<Unit>(Channel.CONFLATED)
    private val stored by lazy { store.cursor }
    private var arrived: Cursor? = null
    private var taken: Cursor? = null
    private var ended: Failure? = null

    /** The last event that has come; it may wait to be taken. */
    val position get() = arrived ?: stored

    /** The last event that was taken; 0 if there was none. */
    val upto get() = (taken ?: stored)?.since ?: 0

    /** Whether the store is of this person, or was of nobody yet. */
    fun belongsTo(userid: String): Boolean {
        val owner = store.owner
        if (owner == null) store.owner = userid
        return owner == null || owner == userid
    }

    /** Go on after this cursor. */
    fun begin(cursor: Cursor) {
        store.transaction { store.cursor = cursor }
        arrived = cursor
    }

    /** [log]: the name of the log that the connection is about. */
    fun add(event: JSONObject, log: String) {
        val ev = event.getString("ev")
        val id = event.optional(if (ev == "gap") "to" else "id", long)
        val since = position?.since ?: 0
        // What came on the connection before is not told again.
        if (id != null && id <= since && ev !in setOf("gap", "caught_up")) return
        // A cursor of another log is of use only after the gap, which says so.
        val cursor = id?.let { Cursor(if (ev == "gap") it else maxOf(it, since), log) }
        arrived = cursor ?: arrived
        if (ev == "heartbeat") return
        waiting += Arrived(Event.of(event), cursor)
        filled.trySend(Unit)
    }

    /** The first event that waits. Throws Failure if no more will come. */
    suspend fun next(): Arrived {
        while (waiting.isEmpty()) {
            ended?.let { throw it }
            filled.receive()
        }
        return waiting.first()
    }

    /** The first event is taken, in one transaction with what [handle] stores. */
    fun take(first: Arrived, handle: () -> Unit = {}) {
        store.transaction {
            handle()
            first.cursor?.let { store.cursor = it }
        }
        taken = first.cursor ?: taken
        waiting.removeFirst()
    }

    /** [failure]: why no more events come; null if they come again. */
    fun end(failure: Failure?) {
        ended = failure
        filled.trySend(Unit)
    }
}
