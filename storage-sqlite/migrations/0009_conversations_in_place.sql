-- The order of someone's conversations, newest first, has a column of its own: see PostgreSQL's, where
-- it stays while a conversation is its user's newest. Here that would save nothing, and it is the last
-- message.
ALTER TABLE conversations ADD COLUMN newest_since BIGINT NOT NULL DEFAULT 0;
UPDATE conversations SET newest_since = last_message_id;
DROP INDEX conversations_newest;
CREATE INDEX conversations_newest ON conversations (user_id, newest_since);
DROP TRIGGER messages_are_told;
CREATE TRIGGER messages_are_told AFTER INSERT ON messages BEGIN
    INSERT INTO logs (log, number) VALUES (NEW.receiver_id, NEW.receiver_number)
    ON CONFLICT (log) DO UPDATE SET number = excluded.number;
    INSERT INTO stream (log, number, behind, kind, subject, written_at)
    VALUES (NEW.receiver_id, NEW.receiver_number, NEW.behind, 'new_message', NEW.id, NEW.created_at);
    INSERT INTO conversations (
        user_id, other_id, last_message_id, newest_since, unread_count, other_wrote
    )
    VALUES (NEW.receiver_id, NEW.sender_id, NEW.id, NEW.id, 1, TRUE)
    ON CONFLICT (user_id, other_id) DO UPDATE
    SET
        last_message_id = excluded.last_message_id,
        newest_since = excluded.newest_since,
        unread_count = unread_count + 1,
        other_wrote = TRUE;
END;
DROP TRIGGER messages_are_told_to_senders;
CREATE TRIGGER messages_are_told_to_senders AFTER INSERT ON messages
WHEN NEW.sender_id <> NEW.receiver_id BEGIN
    INSERT INTO logs (log, number) VALUES (NEW.sender_id, NEW.sender_number)
    ON CONFLICT (log) DO UPDATE SET number = excluded.number;
    INSERT INTO stream (log, number, behind, kind, subject, written_at)
    VALUES (NEW.sender_id, NEW.sender_number, NEW.behind, 'new_message', NEW.id, NEW.created_at);
    INSERT INTO conversations (
        user_id, other_id, last_message_id, newest_since, unread_count, other_wrote
    )
    VALUES (NEW.sender_id, NEW.receiver_id, NEW.id, NEW.id, 0, FALSE)
    ON CONFLICT (user_id, other_id) DO UPDATE
    SET last_message_id = excluded.last_message_id, newest_since = excluded.newest_since;
END;
