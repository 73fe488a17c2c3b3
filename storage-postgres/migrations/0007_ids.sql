-- Ids go to JavaScript too, whose numbers are exact up to 2^53-1.
ALTER TABLE groups ADD CONSTRAINT groups_id_is_exact CHECK (id < 9007199254740992);
ALTER TABLE users ADD CONSTRAINT users_id_is_exact CHECK (id < 9007199254740992);
ALTER TABLE logins ADD CONSTRAINT logins_id_is_exact CHECK (id < 9007199254740992);
ALTER TABLE sessions ADD CONSTRAINT sessions_id_is_exact CHECK (id < 9007199254740992);
ALTER TABLE events ADD CONSTRAINT events_id_is_exact CHECK (id < 9007199254740992);
ALTER TABLE messages ADD CONSTRAINT messages_id_is_exact CHECK (id < 9007199254740992);
