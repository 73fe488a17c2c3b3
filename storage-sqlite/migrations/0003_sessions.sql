-- Live sessions (the devices on which people are signed in are `logins`).
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('inactive', 'active', 'ended')),
    owner_id BIGINT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    ended_at BIGINT,
    CHECK ((state = 'ended') = (ended_at IS NOT NULL))
);
CREATE INDEX sessions_state ON sessions (state, id);

-- Who takes part, in the order of their places.
CREATE TABLE session_users (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id BIGINT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    PRIMARY KEY (user_id, session_id)
);
CREATE UNIQUE INDEX session_users_place ON session_users (session_id, place);
