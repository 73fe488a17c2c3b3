-- What someone received is unread or read. A list of both is a merge of their indexes, so one over both need not be
-- written with every message.
DROP INDEX messages_received;
