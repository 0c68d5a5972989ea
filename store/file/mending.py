"""Values that are not of their column's kind: only damage makes them, since every table is STRICT.

One flipped bit in a row's header makes a blob of a text, byte for byte the same. SQLite reads it
without complaint, and refuses the next change of its row; code that reads it meets bytes where text
is. Each such value is made what its column says, which for that bit is what was written. Whether it
really is, the ledger's chain of hashes says, for what stands there.
"""

from store.file.database import Transaction

_FITTING = {"TEXT": "text", "INTEGER": "integer", "REAL": "real", "BLOB": "blob"}


def find_odd(tx: Transaction) -> list[tuple[str, int]]:
    """Return table and row number of every row with a value of another kind than its column's."""
    return [
        (table, row[0])
        for table, columns in _tables(tx).items()
        for row in tx.run(
            f"SELECT rowid FROM {table} WHERE "  # noqa: S608 - names of the schema
            + " OR ".join(f"typeof({it}) NOT IN ('null', '{fit}')" for it, fit in columns.items())
        )
    ]


def mend_odd(tx: Transaction, found: list[tuple[str, int]]) -> int:
    """Make the values of these rows what their columns say; return how many rows could be mended.

    One that cannot, because then it would break a rule of its table, stays as it is.
    """
    tables = _tables(tx)
    mended = 0
    for table in {table for table, _ in found}:
        tx.run(f"REINDEX {table}")  # an index still has the value of before, and misses the row's
    for table, number in found:
        casts = ", ".join(f"{it} = CAST({it} AS {fit})" for it, fit in tables[table].items())
        statement = f"UPDATE OR IGNORE {table} SET {casts} WHERE rowid = ?"  # noqa: S608 - as above
        mended += tx.run(statement, number).rowcount
    return mended


def _tables(tx: Transaction) -> dict[str, dict[str, str]]:
    """Return every table's columns with the kinds of their values."""
    names = [row["name"] for row in tx.run("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {
        name: {
            row["name"]: _FITTING[row["type"]]
            for row in tx.run(f"PRAGMA table_info({name})")
            if row["type"] in _FITTING
        }
        for name in names
        if not name.startswith("sqlite_")
    }
