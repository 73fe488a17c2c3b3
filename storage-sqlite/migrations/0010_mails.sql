-- Mails that are to be sent, and the tokens of those that were: tokens and codes are MACs of these rows, and
-- stand nowhere. Accounts keep their rows, so their ids need no check; a mail about nobody has none.
CREATE TABLE mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT CONSTRAINT mails_id_is_exact CHECK (id < 9007199254740992),
    user_id BIGINT,
    kind TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    language TEXT NOT NULL,
    nonce TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- When it is to be sent; nothing once it is.
    due_at BIGINT,
    tries BIGINT NOT NULL,
    -- How often its code was guessed.
    guesses BIGINT NOT NULL
);
CREATE INDEX mails_due ON mails (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX mails_email ON mails (email_key, kind);
CREATE INDEX mails_user ON mails (user_id, id);
CREATE INDEX mails_expire ON mails (expires_at);
