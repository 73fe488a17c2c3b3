-- Times are microseconds since 1970-01-01T00:00:00Z. A `…_key` column holds what is compared.

CREATE TABLE groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL,
    username_key TEXT UNIQUE,
    email TEXT NOT NULL,
    email_key TEXT UNIQUE,
    search_key TEXT NOT NULL,
    full_name TEXT,
    email_verified BOOLEAN NOT NULL,
    disabled BOOLEAN NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('user', 'admin')),
    group_id BIGINT REFERENCES groups (id) ON DELETE SET NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT,
    last_login BIGINT
);
CREATE INDEX users_group ON users (group_id, id) WHERE group_id IS NOT NULL;
CREATE INDEX users_admins ON users (id) WHERE role = 'admin';

CREATE TABLE logins (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    seed TEXT NOT NULL,
    generation BIGINT NOT NULL,
    spent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    user_agent TEXT,
    ip TEXT
);
CREATE INDEX logins_user ON logins (user_id, id);

-- Wrong tries at passwords, by what they are counted under.
CREATE TABLE guesses (
    key TEXT PRIMARY KEY NOT NULL,
    count BIGINT NOT NULL,
    since BIGINT NOT NULL,
    last BIGINT NOT NULL
);
CREATE INDEX guesses_last ON guesses (last);

-- The addresses from which users signed in.
CREATE TABLE devices (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    ip TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, ip)
);
