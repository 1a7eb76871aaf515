package im66.client

import java.io.IOException
import java.util.concurrent.TimeUnit.SECONDS
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException
import kotlinx.coroutines.suspendCancellableCoroutine
import okhttp3.Call
import okhttp3.Callback
import okhttp3.HttpUrl.Companion.toHttpUrl
import okhttp3.MediaType.Companion.toMediaType
import okhttp3.MultipartBody
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody
import okhttp3.RequestBody.Companion.toRequestBody
import okhttp3.Response
import org.json.JSONException
import org.json.JSONObject

private const val CALL_SECONDS = 15L
private const val UPLOAD_SECONDS = 600L
private val JSON = "application/json".toMediaType()

/** The calls of the API. Each throws [Failure]. */
internal class Http(client: OkHttpClient, private val url: String, private val authorization: suspend () -> String) {
    private val calls = client.newBuilder().callTimeout(CALL_SECONDS, SECONDS).build()
    private val uploads = client.newBuilder().callTimeout(UPLOAD_SECONDS, SECONDS)
        .readTimeout(UPLOAD_SECONDS, SECONDS).writeTimeout(UPLOAD_SECONDS, SECONDS).build()

    suspend fun call(method: String, path: String, query: Map<String, Any?>, body: JSONObject?): JSONObject {
        // The methods that OkHttp lets go without a body need none.
        val content = body?.toString() ?: if (method in setOf("POST", "PUT", "PATCH")) "" else null
        return ask(calls, method, path, query, content?.toByteArray()?.toRequestBody(JSON.takeIf { body != null }))
    }

    suspend fun upload(content: RequestBody, name: String): JSONObject {
        val form = MultipartBody.Builder().setType(MultipartBody.FORM).addFormDataPart("file", name, content).build()
        return ask(uploads, "POST", "uploads", emptyMap(), form)
    }

    private suspend fun ask(
        client: OkHttpClient,
        method: String,
        path: String,
        query: Map<String, Any?>,
        body: RequestBody?,
    ): JSONObject {
        val address = "$url/api/v1/$path".toHttpUrl().newBuilder()
        for ((name, value) in query) if (value != null) address.addQueryParameter(name, "$value")
        val request = Request.Builder().url(address.build()).header("Authorization", authorization())
        return client.newCall(request.method(method, body).build()).await()
    }
}

private suspend fun Call.await(): JSONObject = suspendCancellableCoroutine { waiting ->
    waiting.invokeOnCancellation { cancel() }
    enqueue(object : Callback {
        override fun onFailure(call: Call, e: IOException) = waiting.resumeWithException(disconnected())

        override fun onResponse(call: Call, response: Response) {
            try {
                waiting.resume(response.use(::read))
            } catch (failure: Failure) {
                waiting.resumeWithException(failure)
            } catch (_: IOException) {
                waiting.resumeWithException(disconnected())
            }
        }
    })
}

private fun read(response: Response): JSONObject {
    val text = response.body.string()
    val body = if (text.isEmpty()) JSONObject() else parsed(text)
    if (response.isSuccessful && body != null) return body
    val retry = response.header("Retry-After")?.toDoubleOrNull() ?: 0.0
    // Something on the way may answer with a page of its own.
    throw body?.optJSONObject("error")?.let { Failure.of(it, retry) }
        ?: Failure("try_again", "The server has failed.", response.code, retry)
}

private fun parsed(text: String) = try {
    JSONObject(text)
} catch (_: JSONException) {
    null
}
