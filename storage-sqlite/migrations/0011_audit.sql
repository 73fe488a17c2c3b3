-- What was done, by whom and from where. Accounts keep their rows when they are deleted, so their ids need
-- no check.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    action TEXT NOT NULL,
    actor_id BIGINT,
    subject_id BIGINT,
    at BIGINT NOT NULL,
    ip TEXT,
    -- JSON.
    detail TEXT
);
-- A list is in the order of times, whatever it is filtered by.
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_action ON audit (action, at, id);
CREATE INDEX audit_actor ON audit (actor_id, at, id);
CREATE INDEX audit_subject ON audit (subject_id, at, id);
CREATE INDEX audit_ip ON audit (ip, at, id);

-- Ids go to JavaScript too, whose numbers are exact up to 2^53-1.
CREATE TRIGGER audit_id_is_exact AFTER INSERT ON audit WHEN NEW.id >= 9007199254740992 BEGIN
    SELECT RAISE(ABORT, 'audit_id_is_exact');
END;

-- An entry stays as it was written; an address may be forgotten.
CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit
WHEN NEW.ip IS NOT NULL
    OR (NEW.id, NEW.action, NEW.actor_id, NEW.subject_id, NEW.at, NEW.detail)
    IS NOT (OLD.id, OLD.action, OLD.actor_id, OLD.subject_id, OLD.at, OLD.detail)
BEGIN
    SELECT RAISE(ABORT, 'audit_is_append_only');
END;

-- What one person owns and attends.
CREATE INDEX sessions_owner ON sessions (owner_id, id);
CREATE INDEX attendance_user ON attendance (user_id, event_id);
