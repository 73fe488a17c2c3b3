-- The order of someone's conversations, newest first, no longer moves with every message: `newest_since` is
-- the message with which a conversation became its user's newest, and stays while it is. Between that
-- message and its last one the user has none in another conversation, so the order is that of the last
-- messages. A row whose indexed columns stay is updated in place, in the room that its page has for
-- that: without it, who writes a lot leaves a dead row and two dead index entries for every message.
ALTER TABLE conversations ADD COLUMN newest_since BIGINT;
UPDATE conversations SET newest_since = last_message_id;
ALTER TABLE conversations ALTER COLUMN newest_since SET NOT NULL;
ALTER TABLE conversations SET (fillfactor = 50);
DROP INDEX conversations_newest;
CREATE INDEX conversations_newest ON conversations (user_id, newest_since);

CREATE OR REPLACE FUNCTION tell_message() RETURNS trigger LANGUAGE plpgsql AS $$
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
    INSERT INTO conversations AS c (
        user_id, other_id, last_message_id, newest_since, unread_count, other_wrote
    )
    VALUES (NEW.receiver_id, NEW.sender_id, NEW.id, NEW.id, 1, TRUE)
    ON CONFLICT (user_id, other_id) DO UPDATE
    SET
        last_message_id = excluded.last_message_id,
        newest_since = excluded.newest_since,
        unread_count = c.unread_count + 1,
        other_wrote = TRUE;
    IF NEW.sender_id <> NEW.receiver_id THEN
        INSERT INTO conversations (
            user_id, other_id, last_message_id, newest_since, unread_count, other_wrote
        )
        VALUES (NEW.sender_id, NEW.receiver_id, NEW.id, NEW.id, 0, FALSE)
        ON CONFLICT (user_id, other_id) DO UPDATE
        SET last_message_id = excluded.last_message_id, newest_since = excluded.newest_since;
    END IF;
    RETURN NEW;
END $$;

-- As before. Two conversations of one user in one call are both put in their order; of one alone it is
-- asked whether it is the newest already. Whoever changes one holds the lock of the user's log, so that is
-- known.
CREATE OR REPLACE FUNCTION send_messages(drafts JSONB) RETURNS SETOF TEXT[] LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    -- The places of those that can be sent.
    sendable BIGINT[];
    -- The logs, and the last number of each.
    logs_told BIGINT[];
    last_numbers BIGINT[];
BEGIN
    WITH given AS MATERIALIZED (
        SELECT place, (draft ->> 2)::bigint AS sender, (draft ->> 3)::bigint AS receiver
        FROM jsonb_array_elements(drafts) WITH ORDINALITY AS given (draft, place)
        WHERE (SELECT deleted_at IS NULL FROM users WHERE id = (draft ->> 3)::bigint)
    ),
    taken AS (
        INSERT INTO logs AS l (log, number)
        SELECT log, count(*)
        FROM (
            SELECT receiver AS log FROM given
            UNION ALL
            SELECT sender FROM given WHERE sender <> receiver
        ) AS told
        GROUP BY log
        ORDER BY log
        ON CONFLICT (log) DO UPDATE SET number = l.number + excluded.number
        RETURNING log, number
    )
    SELECT
        (SELECT array_agg(place) FROM given), array_agg(log), array_agg(number)
    INTO sendable, logs_told, last_numbers
    FROM taken;
    RETURN QUERY
    WITH given AS MATERIALIZED (
        SELECT
            place, nextval('messages_id') AS id, draft ->> 0 AS content,
            (draft ->> 1)::bigint AS created_at,
            (draft ->> 2)::bigint AS sender, (draft ->> 3)::bigint AS receiver
        FROM jsonb_array_elements(drafts) WITH ORDINALITY AS given (draft, place)
        WHERE place = ANY (sendable)
    ),
    told AS MATERIALIZED (
        SELECT
            place, log,
            last - row_number() OVER (PARTITION BY log ORDER BY place DESC) + 1 AS number
        FROM (
            SELECT place, receiver AS log FROM given
            UNION ALL
            SELECT place, sender FROM given WHERE sender <> receiver
        ) AS entries
        JOIN unnest(logs_told, last_numbers) AS taken (log, last) USING (log)
    ),
    sent AS MATERIALIZED (
        SELECT
            given.*, of_sender.number AS sender_number, of_receiver.number AS receiver_number,
            coalesce((SELECT l.number FROM logs AS l WHERE l.log = 0), 0) AS behind
        FROM given
        JOIN told AS of_sender ON of_sender.place = given.place AND of_sender.log = sender
        JOIN told AS of_receiver ON of_receiver.place = given.place AND of_receiver.log = receiver
    ),
    new_messages AS (
        INSERT INTO messages (
            id, content, created_at, sender_id, receiver_id, lower_id, higher_id,
            sender_number, receiver_number, behind
        )
        SELECT
            id, content, created_at, sender, receiver, least(sender, receiver),
            greatest(sender, receiver), sender_number, receiver_number, behind
        FROM sent
    ),
    new_rows AS (
        INSERT INTO stream (log, number, behind, kind, subject, written_at)
        SELECT log, number, behind, 'new_message', id, created_at
        FROM told JOIN sent ON sent.place = told.place
    ),
    sides AS (
        SELECT
            user_id, other_id, max(id) AS last, count(*) FILTER (WHERE is_received) AS unread,
            bool_or(is_received) AS other_wrote, count(*) OVER (PARTITION BY user_id) = 1 AS is_alone
        FROM (
            SELECT receiver AS user_id, sender AS other_id, id, TRUE AS is_received FROM sent
            UNION ALL
            SELECT sender, receiver, id, FALSE FROM sent WHERE sender <> receiver
        ) AS sides
        GROUP BY user_id, other_id
    ),
    new_conversations AS (
        INSERT INTO conversations AS c (
            user_id, other_id, last_message_id, newest_since, unread_count, other_wrote
        )
        SELECT
            user_id, other_id, last,
            coalesce(
                (
                    SELECT newest.newest_since
                    FROM (
                        SELECT other_id, newest_since FROM conversations
                        WHERE user_id = sides.user_id
                        ORDER BY newest_since DESC LIMIT 1
                    ) AS newest
                    WHERE sides.is_alone AND newest.other_id = sides.other_id
                ),
                last
            ),
            unread, other_wrote
        FROM sides
        ON CONFLICT (user_id, other_id) DO UPDATE
        SET
            last_message_id = excluded.last_message_id,
            newest_since = excluded.newest_since,
            unread_count = c.unread_count + excluded.unread_count,
            other_wrote = c.other_wrote OR excluded.other_wrote
    )
    SELECT CASE WHEN id IS NULL THEN '{}' ELSE ARRAY[
        json_build_array(id, sender_number, receiver_number, behind)::text
    ] END
    FROM generate_series(1, jsonb_array_length(drafts)) AS draft (place)
    LEFT JOIN sent ON sent.place = draft.place
    ORDER BY draft.place;
END $$;
