package im66.client

import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.delay

// A message that may succeed later is tried again after so many seconds, if the server does not say.
private const val AGAIN_SECONDS = 2.0
private const val MAX_WAITING = 1000

/** Messages on their way: one after the other, each until the server has it or refuses it. */
internal class Outbox(
    private val store: Store,
    private val onSettled: (message: SendCommand, result: Result<ToSend>) -> Unit,
) {
    private val waiting by lazy { store.pending().associateByTo(LinkedHashMap()) { it.cid!! } }
    private val results = HashMap<String, CompletableDeferred<ToSend>>()
    private val filled = Channel<Unit>(Channel.CONFLATED)

    /** What the server may not have yet. */
    val pending get() = waiting.values.toList()

    /** What the server answers, later. Throws Failure if too much waits. */
    fun add(message: SendCommand): Deferred<ToSend> {
        val cid = message.cid!!
        if (cid !in waiting) {
            if (waiting.size >= MAX_WAITING) throw Failure("queue_full", "$MAX_WAITING messages wait already.")
            store.add(message)
            waiting[cid] = message
            filled.trySend(Unit)
        }
        return results.getOrPut(cid) { CompletableDeferred() }
    }

    /** Send what waits and what comes, until cancelled. */
    suspend fun sendAll(send: suspend (SendCommand) -> ToSend): Nothing {
        while (true) {
            while (waiting.isNotEmpty()) sendFirst(send)
            filled.receive()
        }
    }

    private suspend fun sendFirst(send: suspend (SendCommand) -> ToSend) {
        val message = waiting.values.first()
        try {
            settle(message, Result.success(send(message)))
        } catch (failure: Failure) {
            if (failure.isPassing) delay((failure.retry.takeIf { it > 0 } ?: AGAIN_SECONDS).seconds)
            else settle(message, Result.failure(failure))
        }
    }

    private fun settle(message: SendCommand, result: Result<ToSend>) {
        val cid = message.cid!!
        store.transaction {
            store.remove(cid)
            onSettled(message, result)
        }
        waiting.remove(cid)
        results.remove(cid)?.let { waiter -> result.fold(waiter::complete, waiter::completeExceptionally) }
    }

    /** Throw this in all waiting calls. The messages stay pending. */
    fun fail(failure: Failure) {
        results.values.forEach { it.completeExceptionally(failure) }
        results.clear()
    }
}
