-- What is written most is written by a function that takes many at once, for callers who wait at the
-- same time: the locks, the flush and the round trip are then those of one. A draft is a JSON array; each
-- is answered, in the order of the drafts, by the cells that a statement for it alone would give.
-- What has a lock is in one statement, and what is numbered under it in the next, which sees what was
-- committed until then. Rows of tables that grow are selected one by one, so that no planner reads the
-- table for a few of them; and plans are kept, for to make one costs as much as to write twenty messages.

-- Nothing is left to do for those whose rows of the stream are written with them: who is told, which nothing
-- reads later, stays empty then.
DROP TRIGGER changes_are_told ON changes;
CREATE TRIGGER changes_are_told BEFORE INSERT ON changes
FOR EACH ROW WHEN (NEW.told <> '[]') EXECUTE FUNCTION tell_change();

-- Of each draft: title, description, date, location, search key, organizer, when, and what is told of it
-- before and behind its id. The cells: the id, and `[behind, told]` as of a change; none where the title
-- is taken. Titles are locked in their order, before everyone's log, so that no two wait for each other;
-- of two in one call the first gets it.
CREATE FUNCTION create_events(drafts JSONB) RETURNS SETOF TEXT[] LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    -- By draft.
    ids BIGINT[];
    many BIGINT;
    last BIGINT;
BEGIN
    WITH given AS MATERIALIZED (
        SELECT nextval('events_id_seq') AS id, draft, place
        FROM jsonb_array_elements(drafts) WITH ORDINALITY AS given (draft, place)
    ),
    made AS (
        INSERT INTO events (
            id, title, description, date, location, search_key, organizer_id, created_at, updated_at
        )
        SELECT
            id, draft ->> 0, draft ->> 1, (draft ->> 2)::bigint, draft ->> 3, draft ->> 4,
            (draft ->> 5)::bigint, (draft ->> 6)::bigint, (draft ->> 7)::bigint
        FROM given
        ORDER BY (draft ->> 0) COLLATE "C", place
        ON CONFLICT DO NOTHING
        RETURNING id
    )
    SELECT array_agg(made.id ORDER BY given.place), count(made.id) INTO ids, many
    FROM given LEFT JOIN made ON made.id = given.id;
    IF many > 0 THEN
        last := take_numbers(0, many);
    END IF;
    RETURN QUERY
    WITH told AS MATERIALIZED (
        SELECT
            id, place, drafts -> (place - 1)::int AS draft, nextval('changes_id_seq') AS change,
            last - many + row_number() OVER (ORDER BY place) AS number
        FROM unnest(ids) WITH ORDINALITY AS made (id, place)
        WHERE id IS NOT NULL
    ),
    new_changes AS (
        INSERT INTO changes (id, body, behind, told, written_at)
        SELECT change, (draft ->> 8) || id || (draft ->> 9), number, '[]', (draft ->> 6)::bigint
        FROM told
    ),
    new_rows AS (
        INSERT INTO stream (log, number, behind, kind, subject, written_at)
        SELECT 0, number, number, 'change', change, (draft ->> 6)::bigint FROM told
    )
    SELECT CASE WHEN told.id IS NULL THEN '{}' ELSE ARRAY[
        told.id::text, json_build_array(number, json_build_array(json_build_array(0, number))::text)::text
    ] END
    FROM unnest(ids) WITH ORDINALITY AS made (id, place) LEFT JOIN told ON told.place = made.place
    ORDER BY made.place;
END $$;

-- Of each draft: content, when, sender and receiver. The cell: `[id, sender's number, receiver's number,
-- behind]`; none where the receiver is not there or deleted. The locks of the logs are taken in their
-- order, so that two who write to each other do not wait for each other; the ids under them, so that
-- whoever looks at anyone's messages sees no id appear below the last. A row that comes without an id is
-- another hand's, or of a replica of before, and has its trigger still.
DROP TRIGGER messages_are_told ON messages;
CREATE TRIGGER messages_are_told BEFORE INSERT ON messages
FOR EACH ROW WHEN (NEW.id IS NULL) EXECUTE FUNCTION tell_message();
CREATE FUNCTION send_messages(drafts JSONB) RETURNS SETOF TEXT[] LANGUAGE plpgsql
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
    new_conversations AS (
        INSERT INTO conversations AS c (user_id, other_id, last_message_id, unread_count, other_wrote)
        SELECT user_id, other_id, max(id), count(*) FILTER (WHERE is_received), bool_or(is_received)
        FROM (
            SELECT receiver AS user_id, sender AS other_id, id, TRUE AS is_received FROM sent
            UNION ALL
            SELECT sender, receiver, id, FALSE FROM sent WHERE sender <> receiver
        ) AS sides
        GROUP BY user_id, other_id
        ON CONFLICT (user_id, other_id) DO UPDATE
        SET
            last_message_id = excluded.last_message_id,
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
