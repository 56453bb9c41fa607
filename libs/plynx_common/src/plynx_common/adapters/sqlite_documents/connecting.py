"""Connections to the database file, and what its errors mean for whoever runs PLynx."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from plynx_common.domain.errors import Misconfigured, StoreUnavailable

APPLICATION_ID = 0x504C5958
"""`PLYX`, in the header of the file."""
FORMAT = 1
"""Raised when older releases can no longer read the file (`PRAGMA user_version`)."""
OLDEST_SQLITE = (3, 37, 0)
WAIT_FOR_LOCK = 5.0
"""Seconds; nobody but a backup or a curious person holds one."""
_CACHE_KIB = 32 * 1024
_LARGEST_IDLE_WAL = 64 * 1024 * 1024

_REMEDIES = {
    sqlite3.SQLITE_FULL: "the disk is full: free some space; nothing was stored by halves, and work goes on by itself",
    sqlite3.SQLITE_BUSY: "another program keeps it locked: close what has it open (a backup, a database browser)",
    sqlite3.SQLITE_LOCKED: "another program keeps it locked: close what has it open (a backup, a database browser)",
    sqlite3.SQLITE_READONLY: "it may not be written: give this user write access to the file and its directory",
    sqlite3.SQLITE_PERM: "it may not be accessed: give this user access to the file and its directory",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: check that its directory exists and belongs to this user",
    sqlite3.SQLITE_IOERR: "the disk or file system reports errors: look into the system's log, and check the disk",
    sqlite3.SQLITE_CORRUPT: "the file is damaged: stop PLynx, and restore a backup or try `sqlite3 FILE .recover`",
    sqlite3.SQLITE_NOTADB: "the file is no database: move it away, restore a backup, or choose another path",
}


def unavailable(path: Path, error: sqlite3.Error) -> StoreUnavailable:
    code = error_code(error)
    remedy = _REMEDIES.get(code, "try again; if that does not help, restart PLynx")
    return StoreUnavailable(f"document store '{path}' does not work ({error}): {remedy}")


def error_code(error: sqlite3.Error) -> int:
    """Without SQLite's extension in the upper bits; 0 where Python itself raised it."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def connect_writer(path: Path) -> sqlite3.Connection:
    """Makes the file where there is none. Raises `StoreUnavailable` and `Misconfigured`."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        wanted = ".".join(map(str, OLDEST_SQLITE))
        raise Misconfigured(f"this Python has SQLite {sqlite3.sqlite_version}: PLynx needs {wanted} or newer")
    try:
        if not path.exists():  # closing a file gives up the locks that another connection here has on it
            path.touch(mode=0o600)
        connection = _connect(path)
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise unavailable(path, error) from error
    except OSError as error:
        remedy = "check that its directory exists and that this user may write there"
        raise StoreUnavailable(f"document store '{path}' cannot be opened ({error}): {remedy}") from error
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """Sees what is committed when a statement or transaction begins."""
    try:
        connection = _connect(path)
        connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        raise unavailable(path, error) from error
    # Documents are parsed as they lie there: as text they would be decoded and encoded once more.
    connection.text_factory = bytes
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    # Never used by two threads at once, but handed from one to the other.
    connection = sqlite3.connect(
        path, timeout=WAIT_FOR_LOCK, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application_id != APPLICATION_ID:
        raise Misconfigured(f"'{path}' is a database of another program: choose another path for the documents")
    if version > FORMAT:
        raise Misconfigured(f"'{path}' was written by a newer PLynx (format {version}, known {FORMAT}): upgrade PLynx")
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise Misconfigured(f"'{path}' lies where SQLite has no write-ahead log (a network disk?): use a local disk")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {_LARGEST_IDLE_WAL}")
    if version == 0:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")
