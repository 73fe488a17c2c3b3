-- Ids go to JavaScript too, whose numbers are exact up to 2^53-1.
-- A table's checks cannot be added to; a trigger can.
CREATE TRIGGER groups_id_is_exact AFTER INSERT ON groups WHEN NEW.id >= 9007199254740992 BEGIN
    SELECT RAISE(ABORT, 'groups_id_is_exact');
END;
CREATE TRIGGER users_id_is_exact AFTER INSERT ON users WHEN NEW.id >= 9007199254740992 BEGIN
    SELECT RAISE(ABORT, 'users_id_is_exact');
END;
CREATE TRIGGER logins_id_is_exact AFTER INSERT ON logins WHEN NEW.id >= 9007199254740992 BEGIN
    SELECT RAISE(ABORT, 'logins_id_is_exact');
END;
CREATE TRIGGER sessions_id_is_exact AFTER INSERT ON sessions WHEN NEW.id >= 9007199254740992 BEGIN
    SELECT RAISE(ABORT, 'sessions_id_is_exact');
END;
CREATE TRIGGER events_id_is_exact AFTER INSERT ON events WHEN NEW.id >= 9007199254740992 BEGIN
    SELECT RAISE(ABORT, 'events_id_is_exact');
END;
CREATE TRIGGER messages_id_is_exact AFTER INSERT ON messages WHEN NEW.id >= 9007199254740992 BEGIN
    SELECT RAISE(ABORT, 'messages_id_is_exact');
END;
