CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL UNIQUE,
    date BIGINT NOT NULL,
    organizer_id BIGINT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    location TEXT NOT NULL,
    description TEXT NOT NULL,
    search_key TEXT NOT NULL
);
-- Lists are in the order of ids; what begins too early or too late is passed over here, without its
-- texts being read.
CREATE INDEX events_date ON events (id, date);
CREATE INDEX events_organizer ON events (organizer_id, id, date);

CREATE TABLE attendance (
    event_id BIGINT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (event_id, user_id)
);
