-- What users are told (docs/decisions/0005-stream.md). How many rows each log has had: a user's log
-- has the user's id, everyone's is 0.
CREATE TABLE logs (
    log INTEGER PRIMARY KEY,
    number BIGINT NOT NULL
);

-- The rows of all logs. They are written by triggers, never by themselves: what is told of messages by
-- those of `messages`, the rest by that of `changes`.
CREATE TABLE stream (
    log BIGINT NOT NULL,
    number BIGINT NOT NULL,
    -- The number of everyone's log when this was written.
    behind BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('new_message', 'message_read', 'change')),
    -- The message, or the change.
    subject BIGINT NOT NULL,
    written_at BIGINT NOT NULL,
    PRIMARY KEY (log, number)
) WITHOUT ROWID;
CREATE INDEX stream_written_at ON stream (written_at);

-- What is told of all but messages, as it was: once, however many are told.
CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- The push, as JSON.
    body TEXT NOT NULL,
    behind BIGINT NOT NULL,
    -- Who is told, in the order of the logs: a JSON array of [log, number].
    told TEXT NOT NULL,
    written_at BIGINT NOT NULL
);
CREATE INDEX changes_written_at ON changes (written_at);

-- SQLite has one writer, so the numbers that the statement found to be the next ones are.
CREATE TRIGGER changes_are_told AFTER INSERT ON changes BEGIN
    INSERT INTO logs (log, number)
    SELECT value ->> 0, value ->> 1 FROM json_each(NEW.told) WHERE TRUE
    ON CONFLICT (log) DO UPDATE SET number = excluded.number;
    INSERT INTO stream (log, number, behind, kind, subject, written_at)
    SELECT value ->> 0, value ->> 1, NEW.behind, 'change', NEW.id, NEW.written_at
    FROM json_each(NEW.told);
END;

-- Tickets that were used.
CREATE TABLE tickets (
    name TEXT PRIMARY KEY NOT NULL,
    until BIGINT NOT NULL
);
CREATE INDEX tickets_until ON tickets (until);
