// Alice writes and Bob listens, while the server is killed and started again. Says on standard output what to do next,
// and at the end what came.

package journey

import im66.client.ApiMessage
import im66.client.Client
import im66.client.Failure
import im66.client.Message
import im66.client.ReactCommand
import im66.client.State
import java.util.Base64
import kotlin.system.exitProcess
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.flow.filterIsInstance
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import okhttp3.RequestBody.Companion.toRequestBody
import org.json.JSONArray
import org.json.JSONObject

private const val COUNT = 12

private suspend fun order(word: String) = withContext(Dispatchers.IO) {
    println(word)
    readln()
}

private suspend fun failing(act: suspend () -> Any): String = try {
    "${act()}"
} catch (failure: Failure) {
    failure.name
}

fun main(args: Array<String>): Unit = runBlocking {
    val bob = Client(args[0], userid = "bob", device = "laptop").apply { start() }
    val alice = Client(args[0], userid = "alice").apply { start() }
    val welcome = bob.state.filterIsInstance<State.Open>().first().welcome
    check(welcome.user.userid == "bob")
    val heard = async { bob.events().filterIsInstance<Message>().take(COUNT).map { it.content }.toList() }

    fun send(numbers: IntRange): List<Deferred<Long>> = numbers.map { async { alice.send("u:bob", "$it").id } }
    val first = send(0..3).awaitAll()
    order("kill")
    val waiting = send(4..7)
    order("start")
    val ids = first + waiting.awaitAll() + send(8..<COUNT).awaitAll()

    val picture = Base64.getDecoder().decode(System.getenv("PICTURE")).toRequestBody()
    val stored = alice.upload(picture, "picture.png")
    check(heard.await() == List(COUNT) { "$it" }) { heard.await() }
    val last = alice.send("u:bob", stored.url, kind = stored.kind)
    val kinds = bob.items("conversations/u:alice/messages", mapOf("limit" to 50)).map(ApiMessage::of).toList()
    alice.ask(ReactCommand(last.id, "👍"))
    bob.registerPushDevice("laptop", "web", "https://push.example/secret")
    val devices = bob.call("GET", "me/push-devices").getJSONArray("items")
    bob.deletePushDevice("laptop")

    val result = JSONObject()
        .put("ids", JSONArray(ids))
        .put("kinds", JSONArray(kinds.map { it.kind }))
        .put("unread", bob.read("u:alice", last.id).unread)
        .put("device", devices.getJSONObject(0).getString("id"))
        .put("devices", bob.call("GET", "me/push-devices").getJSONArray("items").length())
        .put("absent", failing { bob.call("GET", "groups/1") })
        .put("refused", failing { alice.send("g:999999", "hello") })
        // The server would end the connection, for good.
        .put("large", failing { alice.send("u:bob", "x".repeat(5_000_000)) })
        .put("pending", alice.pending().size)
        .put("open", alice.state.value is State.Open)
    println(result)
    exitProcess(0)
}
