-- Accounts keep their rows when they are deleted, so their ids need no check; one would lock both
-- accounts for every message, and after the logs, where others hold an account's lock and wait for a
-- log.
CREATE TABLE messages (
    -- From `messages_id`, by a trigger.
    id BIGINT PRIMARY KEY,
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
CREATE SEQUENCE messages_id OWNED BY messages.id;
CREATE INDEX messages_received ON messages (receiver_id, id);
CREATE INDEX messages_unread ON messages (receiver_id, id) WHERE read_at IS NULL;
CREATE INDEX messages_read ON messages (receiver_id, id) WHERE read_at IS NOT NULL;
CREATE INDEX messages_unread_from ON messages (receiver_id, sender_id, id) WHERE read_at IS NULL;
CREATE INDEX messages_sent ON messages (sender_id, id);
CREATE INDEX messages_between ON messages (lower_id, higher_id, id);

-- What each of two sees of what they wrote to each other; one row where they are the same. Whoever
-- changes one holds the lock of the other side's log.
CREATE TABLE conversations (
    user_id BIGINT NOT NULL,
    other_id BIGINT NOT NULL,
    last_message_id BIGINT NOT NULL,
    -- Of those that the user received.
    unread_count BIGINT NOT NULL,
    -- Whether the other has ever written to the user.
    other_wrote BOOLEAN NOT NULL,
    PRIMARY KEY (user_id, other_id)
);
CREATE INDEX conversations_newest ON conversations (user_id, last_message_id);

-- Takes the next numbers of a log, and locks it until the transaction ends; the last of them.
CREATE FUNCTION take_numbers(of_log BIGINT, many BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    last BIGINT;
BEGIN
    INSERT INTO logs AS l (log, number) VALUES (of_log, many)
    ON CONFLICT (log) DO UPDATE SET number = l.number + excluded.number
    RETURNING l.number INTO last;
    RETURN last;
END $$;

-- The numbers that the statement found to be the next ones may be taken by now. The locks of the logs
-- are taken in their order, so that two who write to each other do not wait for each other; and the id
-- under them, so that whoever looks at anyone's messages sees no id appear below the last.
CREATE FUNCTION tell_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sender_id < NEW.receiver_id THEN
        NEW.sender_number := take_numbers(NEW.sender_id, 1);
        NEW.receiver_number := take_numbers(NEW.receiver_id, 1);
    ELSE
        NEW.receiver_number := take_numbers(NEW.receiver_id, 1);
        NEW.sender_number := CASE
            WHEN NEW.sender_id = NEW.receiver_id THEN NEW.receiver_number
            ELSE take_numbers(NEW.sender_id, 1)
        END;
    END IF;
    NEW.id := nextval('messages_id');
    NEW.behind := coalesce((SELECT number FROM logs WHERE log = 0), 0);
    INSERT INTO stream (log, number, behind, kind, subject, written_at)
    SELECT NEW.receiver_id, NEW.receiver_number, NEW.behind, 'new_message', NEW.id, NEW.created_at
    UNION
    SELECT NEW.sender_id, NEW.sender_number, NEW.behind, 'new_message', NEW.id, NEW.created_at;
    INSERT INTO conversations AS c (user_id, other_id, last_message_id, unread_count, other_wrote)
    VALUES (NEW.receiver_id, NEW.sender_id, NEW.id, 1, TRUE)
    ON CONFLICT (user_id, other_id) DO UPDATE
    SET
        last_message_id = excluded.last_message_id,
        unread_count = c.unread_count + 1,
        other_wrote = TRUE;
    IF NEW.sender_id <> NEW.receiver_id THEN
        INSERT INTO conversations (user_id, other_id, last_message_id, unread_count, other_wrote)
        VALUES (NEW.sender_id, NEW.receiver_id, NEW.id, 0, FALSE)
        ON CONFLICT (user_id, other_id) DO UPDATE SET last_message_id = excluded.last_message_id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER messages_are_told BEFORE INSERT ON messages
FOR EACH ROW EXECUTE FUNCTION tell_message();

-- Of all that one statement read: an update of a counter for each message would pass over the ones
-- before.
CREATE FUNCTION tell_messages_read() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sender BIGINT;
    many BIGINT;
    last BIGINT;
    shared BIGINT;
BEGIN
    FOR sender, many IN
        SELECT sender_id, count(*) FROM now_read GROUP BY sender_id ORDER BY sender_id
    LOOP
        last := take_numbers(sender, many);
        shared := coalesce((SELECT number FROM logs WHERE log = 0), 0);
        INSERT INTO stream (log, number, behind, kind, subject, written_at)
        SELECT
            sender, last - many + row_number() OVER (ORDER BY id), shared,
            'message_read', id, read_at
        FROM now_read WHERE sender_id = sender;
    END LOOP;
    UPDATE conversations AS c SET unread_count = c.unread_count - read.many
    FROM (
        SELECT receiver_id, sender_id, count(*) AS many FROM now_read
        GROUP BY receiver_id, sender_id
    ) AS read
    WHERE c.user_id = read.receiver_id AND c.other_id = read.sender_id;
    RETURN NULL;
END $$;
CREATE TRIGGER messages_read_are_told AFTER UPDATE ON messages
REFERENCING NEW TABLE AS now_read
FOR EACH STATEMENT EXECUTE FUNCTION tell_messages_read();
