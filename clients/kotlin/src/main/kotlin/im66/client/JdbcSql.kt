package im66.client

import java.sql.Connection
import java.sql.DriverManager
import java.sql.PreparedStatement

/** SQLite by JDBC: the program brings `org.xerial:sqlite-jdbc`. */
class JdbcSql(private val connection: Connection) : Sql {
    @Synchronized
    override fun execute(statement: String, vararg values: Any?) {
        prepare(statement, values).use { it.execute() }
    }

    @Synchronized
    override fun query(statement: String, vararg values: Any?): List<List<String?>> =
        prepare(statement, values).use { prepared ->
            val rows = prepared.executeQuery()
            val columns = 1..rows.metaData.columnCount
            buildList { while (rows.next()) add(columns.map(rows::getString)) }
        }

    @Synchronized
    override fun <T> transaction(block: () -> T): T {
        if (!connection.autoCommit) return block()
        connection.autoCommit = false
        try {
            return block().also { connection.commit() }
        } catch (failed: Throwable) {
            connection.rollback()
            throw failed
        } finally {
            connection.autoCommit = true
        }
    }

    private fun prepare(statement: String, values: Array<out Any?>): PreparedStatement =
        connection.prepareStatement(statement).apply {
            values.forEachIndexed { index, value -> setObject(index + 1, value) }
        }

    companion object {
        /** Opens the file, or makes it. What is committed outlives a loss of power. */
        fun open(path: String) = JdbcSql(DriverManager.getConnection("jdbc:sqlite:$path")).apply {
            query("PRAGMA journal_mode = WAL")
            execute("PRAGMA synchronous = FULL")
        }
    }
}
