import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const sqliteBusy = 5;

/**
 * Opens the guestbook's database in `directory`. While a release takes over, two of them have it open: with the write-ahead
 * log readers never wait, and a writer waits for the other one for up to `timeout` milliseconds instead of failing.
 */
export function openStore(directory) {
  mkdirSync(directory, { recursive: true });
  const database = new DatabaseSync(join(directory, "guestbook.db"), { timeout: 5000 });
  useWriteAheadLog(database);
  // Only ever add to this table: the release before this one still reads and writes it during a switch.
  database.exec(`CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    message TEXT NOT NULL,
    written_at INTEGER NOT NULL
  ) STRICT`);

  const insert = database.prepare("INSERT INTO entries (name, message, written_at) VALUES (?, ?, ?)");
  const newest = database.prepare(
    "SELECT id, name, message, written_at AS writtenAt FROM entries ORDER BY id DESC LIMIT ?",
  );
  const count = database.prepare("SELECT count(*) AS total FROM entries");
  return {
    add: (name, message) => insert.run(name, message, Date.now()),
    newest: (limit) => newest.all(limit),
    count: () => count.get().total,
    close: () => database.close(),
  };
}

/** Turning the log on is the one statement that fails at once when somebody else is there: two first starts may meet. */
function useWriteAheadLog(database, attempts = 20) {
  try {
    database.exec("PRAGMA journal_mode = WAL");
  } catch (error) {
    if (error.errcode !== sqliteBusy || attempts === 1) throw error;
    database.exec("BEGIN IMMEDIATE; COMMIT"); // this one waits
    useWriteAheadLog(database, attempts - 1);
  }
}
