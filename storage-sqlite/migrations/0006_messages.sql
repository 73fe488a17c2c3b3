-- Accounts keep their rows when they are deleted, so their ids need no check; on PostgreSQL one would
-- lock both accounts for every message, and after the logs.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    sender_id BIGINT NOT NULL,
    receiver_id BIGINT NOT NULL,
    read_at BIGINT,
    -- The two again, in order, so that what they wrote to each other is one range of an index.
    lower_id BIGINT NOT NULL,
    higher_id BIGINT NOT NULL,
    -- The rows of the stream that tell of it.
    sender_number BIGINT NOT NULL,
    receiver_number BIGINT NOT NULL,
    behind BIGINT NOT NULL
);
CREATE INDEX messages_received ON messages (receiver_id, id);
CREATE INDEX messages_unread ON messages (receiver_id, id) WHERE read_at IS NULL;
CREATE INDEX messages_read ON messages (receiver_id, id) WHERE read_at IS NOT NULL;
CREATE INDEX messages_unread_from ON messages (receiver_id, sender_id, id) WHERE read_at IS NULL;
CREATE INDEX messages_sent ON messages (sender_id, id);
CREATE INDEX messages_between ON messages (lower_id, higher_id, id);

-- What each of two sees of what they wrote to each other; one row where they are the same.
CREATE TABLE conversations (
    user_id BIGINT NOT NULL,
    other_id BIGINT NOT NULL,
    last_message_id BIGINT NOT NULL,
    -- Of those that the user received.
    unread_count BIGINT NOT NULL,
    -- Whether the other has ever written to the user.
    other_wrote BOOLEAN NOT NULL,
    PRIMARY KEY (user_id, other_id)
) WITHOUT ROWID;
CREATE INDEX conversations_newest ON conversations (user_id, last_message_id);

-- SQLite has one writer, so the numbers that the statement found to be the next ones are.
CREATE TRIGGER messages_are_told AFTER INSERT ON messages BEGIN
    INSERT INTO logs (log, number)
    SELECT NEW.receiver_id, NEW.receiver_number
    UNION SELECT NEW.sender_id, NEW.sender_number
    ON CONFLICT (log) DO UPDATE SET number = excluded.number;
    INSERT INTO stream (log, number, behind, kind, subject, written_at)
    SELECT NEW.receiver_id, NEW.receiver_number, NEW.behind, 'new_message', NEW.id, NEW.created_at
    UNION
    SELECT NEW.sender_id, NEW.sender_number, NEW.behind, 'new_message', NEW.id, NEW.created_at;
    INSERT INTO conversations (user_id, other_id, last_message_id, unread_count, other_wrote)
    VALUES (NEW.receiver_id, NEW.sender_id, NEW.id, 1, TRUE)
    ON CONFLICT (user_id, other_id) DO UPDATE
    SET
        last_message_id = excluded.last_message_id,
        unread_count = unread_count + 1,
        other_wrote = TRUE;
    INSERT INTO conversations (user_id, other_id, last_message_id, unread_count, other_wrote)
    SELECT NEW.sender_id, NEW.receiver_id, NEW.id, 0, FALSE WHERE NEW.sender_id <> NEW.receiver_id
    ON CONFLICT (user_id, other_id) DO UPDATE SET last_message_id = excluded.last_message_id;
END;

CREATE TRIGGER messages_read_are_told AFTER UPDATE OF read_at ON messages BEGIN
    INSERT INTO logs (log, number) VALUES (NEW.sender_id, 1)
    ON CONFLICT (log) DO UPDATE SET number = number + 1;
    INSERT INTO stream (log, number, behind, kind, subject, written_at)
    SELECT
        log, number, coalesce((SELECT number FROM logs WHERE log = 0), 0),
        'message_read', NEW.id, NEW.read_at
    FROM logs WHERE log = NEW.sender_id;
    UPDATE conversations SET unread_count = unread_count - 1
    WHERE user_id = NEW.receiver_id AND other_id = NEW.sender_id;
END;
