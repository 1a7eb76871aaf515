package im66.client

import android.database.sqlite.SQLiteDatabase

/** The database that Android brings. */
class AndroidSql(private val database: SQLiteDatabase) : Sql {
    override fun execute(statement: String, vararg values: Any?) = database.execSQL(statement, values)

    override fun query(statement: String, vararg values: Any?): List<List<String?>> =
        database.rawQuery(statement, values.map { "$it" }.toTypedArray()).use { rows ->
            buildList { while (rows.moveToNext()) add(List(rows.columnCount, rows::getString)) }
        }

    override fun <T> transaction(block: () -> T): T {
        database.beginTransaction()
        try {
            return block().also { database.setTransactionSuccessful() }
        } finally {
            database.endTransaction()
        }
    }
}
