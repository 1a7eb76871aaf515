package im66.client

import org.json.JSONArray
import org.json.JSONObject

/** What is written as an object of JSON. */
interface Part {
    fun toJson(): JSONObject
}

internal typealias Read<T> = (Any) -> T

internal val long: Read<Long> = { (it as Number).toLong() }
internal val double: Read<Double> = { (it as Number).toDouble() }
internal val string: Read<String> = { it as String }
internal val boolean: Read<Boolean> = { it as Boolean }

internal fun <T> part(of: (JSONObject) -> T): Read<T> = { of(it as JSONObject) }

internal fun <T> list(one: Read<T>): Read<List<T>> = { value ->
    val array = value as JSONArray
    List(array.length()) { one(array.get(it)) }
}

internal fun <T> map(one: Read<T>): Read<Map<String, T>> = { value ->
    val json = value as JSONObject
    json.keys().asSequence().associate { name -> "$name" to one(json.get("$name")) }
}

internal fun <T> JSONObject.required(name: String, read: Read<T>): T = read(get(name))

internal fun <T> JSONObject.optional(name: String, read: Read<T>): T? = if (isNull(name)) null else read(get(name))

/** An object with these fields; those that are null are left out. */
internal fun jsonOf(vararg fields: Pair<String, Any?>): JSONObject {
    val json = JSONObject()
    for ((name, value) in fields) if (value != null) json.put(name, plain(value))
    return json
}

private fun plain(value: Any): Any = when (value) {
    is Part -> value.toJson()
    is List<*> -> JSONArray(value.map { plain(it!!) })
    else -> value
}
