// Made by `cargo xtask typescript` from the wire types in openapi/src, whose words these are. Change
// them there.
//
// What stands here is what goes over the wire: `JSON.parse` makes it of an answer, `JSON.stringify`
// may make a body of it.

/** An account, as its owner and admins see it. */
export interface User {
  /** The account's id. */
  id: UserId;
  /** The name under which others know the account. */
  username: string;
  /** The address to which mail goes. */
  email: string;
  /** The person's name. */
  full_name: string | null;
  /** Whether the owner has shown that the address is theirs. */
  email_verified: boolean;
  /** Whether an admin has shut the account. */
  disabled: boolean;
  /** What the account may do. */
  role: Role;
  /** The group the person is in. */
  group: GroupId | null;
  /** When the account was made. */
  created_at: Timestamp;
  /** When it last changed. */
  updated_at: Timestamp;
  /** When it was deleted. */
  deleted_at: Timestamp | null;
  /** When its owner last signed in. */
  last_login: Timestamp | null;
}

/** What an account may do. */
export type Role =
  /** A member. */
  | "user"
  /** Someone who may manage everyone's accounts and content. */
  | "admin";

/** The body of `POST /register`. */
export interface NewAccount {
  /** The name under which others will know the account. */
  username: string;
  /** The address to which mail goes. */
  email: string;
  /** The password to sign in with. */
  password: string;
  /** The person's name. */
  full_name?: string;
}

/** The body of `PATCH /auth/me`. Fields left out stay. */
export interface ProfilePatch {
  /** A new username. */
  username?: string;
  /** A new address; needs `current_password`, and is unverified. */
  email?: string;
  /** A new full name; `null` clears it. */
  full_name?: string | null;
  /** The present password, where the email changes. */
  current_password?: string;
}

/**
 * An account, as whoever asks may see it: the `Member` fields always, the rest to its owner and
 * to admins.
 */
export type UserView = User | Member;

/** An account, as other members see it. */
export interface Member {
  /** The account's id. */
  id: UserId;
  /** The name under which others know the account. */
  username: string;
  /** The address to which mail goes. */
  email: string;
  /** The person's name. */
  full_name: string | null;
  /** The group the person is in. */
  group: GroupId | null;
}

/** The query of `GET /users`. */
export interface UserQuery {
  /** Only people with this in their username or full name, without regard to case. */
  q?: string;
  /** Only people in this group. */
  group?: GroupId;
  /** Deleted accounts too (admins; ignored from others). */
  include_deleted?: boolean;
  /** Only rows after the one with this id; costs the same at any depth. */
  after?: UserId;
  /** How many rows to leave out at the beginning. */
  skip?: Skip;
  /** How many rows at most. */
  limit?: Limit;
}

/** The body of `POST /users`. */
export interface NewUser {
  /** The name under which others will know the account. */
  username: string;
  /** The address to which mail goes. */
  email: string;
  /** The password to sign in with. */
  password: string;
  /** The person's name. */
  full_name?: string;
  /** What the account may do; a `user` where nothing is said. */
  role?: Role;
  /** Whether the account starts out shut. */
  disabled?: boolean;
  /** The group the person is in. */
  group?: GroupId;
}

/** The body of `PUT /users/{user_id}`. Fields left out stay. */
export interface UserPatch {
  /** A new username. */
  username?: string;
  /** A new address, unverified; needs `current_password` where one's own changes. */
  email?: string;
  /** A new full name; `null` clears it. */
  full_name?: string | null;
  /** A new password; needs `current_password` where one's own changes. */
  password?: string;
  /** The present password, where one's own email or password changes. */
  current_password?: string;
  /** Whether the address counts as verified (admins only). */
  email_verified?: boolean;
  /** What the account may do (admins only). */
  role?: Role;
  /** Whether the account is shut (admins only). */
  disabled?: boolean;
  /** The group the person is in; `null` takes them out (admins only). */
  group?: GroupId | null;
}

/** The query of `DELETE /users/{user_id}`. */
export interface UserDeletion {
  /**
   * Whether what tells of the person is overwritten, too; admins may ask it for an account that is
   * deleted already.
   */
  erase?: boolean;
}

/** A group. */
export interface Group {
  /** The group's id. */
  id: GroupId;
  /** Its name. */
  name: string;
  /** When it was made. */
  created_at: Timestamp;
}

/** The body of `POST /groups`. */
export interface NewGroup {
  /** Its name. */
  name: string;
}

/** The body of `PUT /groups/{group_id}`. Fields left out stay. */
export interface GroupPatch {
  /** A new name. */
  name?: string;
}

/** What a signed-in device holds. */
export interface Tokens {
  /** Goes into `Authorization: Bearer …` (RFC 6750). */
  access_token: string;
  /** Always `bearer`. */
  token_type: TokenType;
  /** For how many seconds the access token is good. */
  expires_in: number;
  /** Buys the next pair, once. */
  refresh_token: string;
}

/** How the access token is to be used. */
export type TokenType =
  /** As RFC 6750 says. */
  "bearer";

/** The JSON body of `POST /login`. */
export interface Credentials {
  /** The email address, or the username. */
  email: string;
  /** The password. */
  password: string;
}

/** The body of `POST /auth/refresh`. */
export interface Refresh {
  /** The refresh token of the last pair. */
  refresh_token: string;
}

/** The body of `POST /auth/password`. */
export interface PasswordChange {
  /** The present password. */
  current_password: string;
  /** The one to come. */
  new_password: string;
}

/** One signed-in device. */
export interface Login {
  /** The login's id. */
  id: LoginId;
  /** When the device signed in. */
  created_at: Timestamp;
  /** When it last signed in or refreshed its tokens. */
  last_seen_at: Timestamp;
  /** What it called itself (`User-Agent`). */
  user_agent: string | null;
  /** The address from which it was last seen. */
  ip: string | null;
  /** Whether it is the one that asks. */
  current: boolean;
}

/** The form of `POST /login`: the OAuth2 password flow (RFC 6749, 4.3). */
export interface PasswordGrant {
  /** The email address, or the username. */
  username: string;
  /** The password. */
  password: string;
}

/** The body of `POST /auth/forgot-password` and of `POST /auth/request-verify-token`. */
export interface MailRequest {
  /** The account's address, to which the mail goes. */
  email: string;
}

/** The body of `POST /auth/reset-password`: a `token`, or an `email` and the `code`. */
export interface PasswordReset {
  /** The token of the mail's link. */
  token?: string;
  /** In its place: the address to which the mail went. */
  email?: string;
  /** The mail's short code. */
  code?: string;
  /** The password to come. */
  password: string;
}

/** The body of `POST /auth/verify`: a `token`, or an `email` and the `code`. */
export interface EmailVerification {
  /** The token of the mail's link. */
  token?: string;
  /** In its place: the address to which the mail went. */
  email?: string;
  /** The mail's short code. */
  code?: string;
}

/** What is kept of a mail, sent or not. Its text is not: it is made when it is sent. */
export interface KeptMail {
  /** What it is about. */
  kind: MailKind;
  /** The address to which it goes. */
  email: string;
  /** Its language, a tag of RFC 5646. */
  language: string;
  /** Until when it is tried to send it, and its token is good; then it is removed. */
  expires_at: Timestamp;
}

/** What a mail is about. */
export type MailKind =
  /** It asks whether the address is theirs. */
  | "verify_email"
  /** It lets them set the password anew. */
  | "reset_password"
  /** It tells the address from before that the account has another one. */
  | "email_changed"
  /** It tells that the account has another password. */
  | "password_changed";

/** The public keys with which access tokens can be checked: a JWK Set (RFC 7517, 5). */
export interface JwkSet {
  /** The present key first, then those before it. None where tokens are signed with a secret. */
  keys: Jwk[];
}

/** A public key: a JWK (RFC 7517, 4; RFC 7518, 6; RFC 8037, 2). Numbers and points are base64url. */
export interface Jwk {
  /** The kind of key: `OKP`, `EC` or `RSA`. */
  kty: string;
  /** What it is for: `sig`. */
  use: string;
  /** The algorithm of the tokens that it checks: `EdDSA`, `ES256` or `RS256`. */
  alg: string;
  /** Which key it is: what those tokens have as `kid`. */
  kid: string;
  /** The curve of an `OKP` or `EC` key. */
  crv?: string;
  /** The point of an `OKP` key, the first half of an `EC` key's. */
  x?: string;
  /** The second half of an `EC` key's point. */
  y?: string;
  /** The modulus of an `RSA` key. */
  n?: string;
  /** The exponent of an `RSA` key. */
  e?: string;
}

/** A live session. */
export interface Session {
  /** The session's id. */
  id: SessionId;
  /** Its name. */
  name: string;
  /** How far it is. */
  state: SessionState;
  /** Who made it; the id stays when the account is deleted. */
  owner_id: UserId;
  /** When it was made. */
  created_at: Timestamp;
  /** When it ended. */
  ended_at: Timestamp | null;
  /** Who takes part, in the order in which they joined. */
  users: SessionUser[];
}

/** How far a session is. */
export type SessionState =
  /** Not started yet. */
  | "inactive"
  /** Under way. */
  | "active"
  /** Over, for good. */
  | "ended";

/** Someone who takes part in a session. */
export interface SessionUser {
  /** The account's id. */
  id: UserId;
  /** The name under which others know the account. */
  username: string;
}

/** The query of `GET /sessions`. */
export interface SessionQuery {
  /** Only sessions in this state. */
  state?: SessionState;
  /** Only rows after the one with this id; costs the same at any depth. */
  after?: SessionId;
  /** How many rows to leave out at the beginning. */
  skip?: Skip;
  /** How many rows at most. */
  limit?: Limit;
}

/** The body of `POST /sessions`. */
export interface NewSession {
  /** Its name. */
  name: string;
}

/** An event. */
export interface Event {
  /** The event's id. */
  id: EventId;
  /** What it is called, unique among events. */
  title: string;
  /** What it is about. */
  description: string;
  /** When it begins. */
  date: Timestamp;
  /** Where it takes place. */
  location: string;
  /** Who organizes it; the id stays when the person's account is deleted. */
  organizer_id: UserId;
  /** When it was announced. */
  created_at: Timestamp;
  /** When it last changed. */
  updated_at: Timestamp;
}

/** The query of `GET /events`. */
export interface EventQuery {
  /** Only events that begin at this time or later. */
  from?: Timestamp;
  /** Only events that begin before this time. */
  to?: Timestamp;
  /** Only events with this in their title, description or location, without regard to case. */
  q?: string;
  /** Only events of this organizer. */
  organizer_id?: UserId;
  /** Only rows after the one with this id; costs the same at any depth. */
  after?: EventId;
  /** How many rows to leave out at the beginning. */
  skip?: Skip;
  /** How many rows at most. */
  limit?: Limit;
}

/** The body of `POST /events`. */
export interface NewEvent {
  /** What it is called, unique among events. */
  title: string;
  /** What it is about. */
  description: string;
  /** When it begins; without an offset, in UTC. */
  date: Timestamp;
  /** Where it takes place. */
  location: string;
}

/** The body of `PUT /events/{event_id}`. Fields left out stay. */
export interface EventPatch {
  /** A new title, unique among events. */
  title?: string;
  /** A new description. */
  description?: string;
  /** A new beginning; without an offset, in UTC. */
  date?: Timestamp;
  /** A new place. */
  location?: string;
}

/** Events as iCalendar (RFC 5545): the one answer that is `text/calendar` and no JSON. */
export type CalendarText = string;

/**
 * Which events are asked for: the query of `GET /events.ics`, and of `GET /events` beside its
 * page.
 */
export interface EventSelection {
  /** Only events that begin at this time or later. */
  from?: Timestamp;
  /** Only events that begin before this time. */
  to?: Timestamp;
  /** Only events with this in their title, description or location, without regard to case. */
  q?: string;
  /** Only events of this organizer. */
  organizer_id?: UserId;
}

/** A message from one person to another. */
export interface Message {
  /** The message's id. */
  id: MessageId;
  /** What it says. */
  content: string;
  /** When it was sent. */
  created_at: Timestamp;
  /** Who sent it; the id stays when the account is deleted. */
  sender_id: UserId;
  /** To whom; the id stays when the account is deleted. */
  receiver_id: UserId;
  /** Whether the receiver has read it. */
  is_read: boolean;
  /** When the receiver read it first. */
  read_at: Timestamp | null;
}

/** The body of `POST /messages`. */
export interface NewMessage {
  /** What it says. */
  content: string;
  /** To whom. Writing to oneself is fine. */
  receiver_id: UserId;
}

/** The query of `GET /messages/received`. */
export interface ReceivedQuery {
  /** Only messages that are unread (`true`), or read (`false`). */
  unread?: boolean;
  /** Only rows older than the one with this id; costs the same at any depth. */
  before?: MessageId;
  /** How many rows to leave out at the beginning. */
  skip?: Skip;
  /** How many rows at most. */
  limit?: Limit;
}

/** All that two people wrote to each other, in short. */
export interface Conversation {
  /** The other side; oneself, where one writes to oneself. */
  user: Correspondent;
  /** The last message, whoever sent it. */
  last_message: Message;
  /** How many messages from the other side are unread. */
  unread_count: number;
}

/** The other side of a conversation: what is needed to show it. */
export interface Correspondent {
  /** The account's id. */
  id: UserId;
  /**
   * The name under which others know the account; nothing where the directory is private and they
   * have not written back, so that nobody learns who is here by writing to everyone.
   */
  username: string | null;
  /** The person's name, if they gave one; nothing in that same case. */
  full_name: string | null;
  /** Whether the account is deleted: what was written stays, and nothing more can be sent. */
  deleted: boolean;
}

/**
 * The query of `GET /conversations`. What was written to last comes first, so a place in the list
 * is no fixed point to page on from.
 */
export interface ConversationQuery {
  /** How many conversations to leave out at the beginning. */
  skip?: Skip;
  /** How many conversations at most. */
  limit?: Limit;
}

/**
 * The stream is open; what happens from now on is told. The first frame of a socket, but
 * for `resync_required`.
 */
export interface ReadyFrame {
  type: "ready";
  /** The place right behind this frame. */
  cursor: string;
}

/**
 * Something may have been missed: the cursor that was given is too old, or none of this
 * user's. What is shown has to be read anew; the stream goes on from here.
 */
export interface ResyncRequiredFrame {
  type: "resync_required";
  /** The place right behind this frame. */
  cursor: string;
}

/** A message was sent; to its receiver and to its sender. */
export interface NewMessageFrame {
  type: "new_message";
  /** The message. */
  message: Message;
  /** The place right behind this frame. */
  cursor: string;
}

/** A message was read; to its sender. */
export interface MessageReadFrame {
  type: "message_read";
  /** The message. */
  message: Message;
  /** The place right behind this frame. */
  cursor: string;
}

/**
 * A session was started or stopped, or someone joined or left; to its owner, to those in
 * it and to the one who left.
 */
export interface SessionUpdatedFrame {
  type: "session_updated";
  /** The session as it then was. */
  session: Session;
  /** The place right behind this frame. */
  cursor: string;
}

/** A session was deleted; to its owner and to those who were in it. */
export interface SessionDeletedFrame {
  type: "session_deleted";
  /** The session. */
  session_id: SessionId;
  /** The place right behind this frame. */
  cursor: string;
}

/** An event was announced; to all members. */
export interface EventCreatedFrame {
  type: "event_created";
  /** The event. */
  event: Event;
  /** The place right behind this frame. */
  cursor: string;
}

/** An event was changed; to all members. */
export interface EventUpdatedFrame {
  type: "event_updated";
  /** The event as it then was. */
  event: Event;
  /** The place right behind this frame. */
  cursor: string;
}

/** An event was deleted; to all members. */
export interface EventDeletedFrame {
  type: "event_deleted";
  /** The event. */
  event_id: EventId;
  /** The place right behind this frame. */
  cursor: string;
}

/** What a server sends: what happened, and where that leaves the reader. */
export type Frame =
  | ReadyFrame
  | ResyncRequiredFrame
  | NewMessageFrame
  | MessageReadFrame
  | SessionUpdatedFrame
  | SessionDeletedFrame
  | EventCreatedFrame
  | EventUpdatedFrame
  | EventDeletedFrame;

/** What tells one `Frame` from another. */
export type FrameType = Frame["type"];

/** The query of `GET /ws` and `GET /ws/{token}`. */
export interface StreamQuery {
  /** The last cursor, to go on right behind it; left out, the stream begins now. */
  cursor?: string;
}

/** What opens one socket, where no header can be set: `GET /ws/{ticket}`. */
export interface Ticket {
  /** The ticket, good for one connection. */
  ticket: string;
  /** For how long it is good, in seconds. */
  expires_in: number;
}

/** The answer to `GET /sync`. */
export interface SyncAnswer {
  /** What happened, at most 100 frames; if there are as many, ask again at once. */
  frames: Frame[];
  /** The place behind the last of them. */
  cursor: string;
}

/** The query of `GET /sync`. */
export interface SyncQuery {
  /** The last cursor, to go on right behind it; left out, the answer comes at once, without frames. */
  cursor?: string;
  /** How long to wait for the first frame. */
  wait?: Wait;
}

/** How long to wait for something to happen, in seconds: 0 to 30, 0 where nothing is said. */
export type Wait = number;

/** Why a server closes a socket. */
export type CloseReason =
  /** The token or ticket is none, spent, or out of its time. */
  | "invalid_token"
  /**
   * The access token with which the socket was opened has expired. With a new one, go on
   * from the last cursor.
   */
  | "token_expired"
  /** The device was signed out, or the account was disabled or deleted. */
  | "token_revoked"
  /** Frames were not read fast enough. Go on from the last cursor. */
  | "too_slow"
  /** The user has as many streams open as one may. */
  | "too_many"
  /** The server stops. Go on from the last cursor; another one may answer. */
  | "stopping";

/** One thing that was done. */
export interface AuditEntry {
  /** The entry's id. */
  id: AuditId;
  /** What was done. */
  action: AuditAction;
  /** Who did it; nobody where it was a stranger or the operator (`detail.actor`). */
  actor_id: UserId | null;
  /** To whose account; nobody where no account has the name that was tried. */
  subject_id: UserId | null;
  /** When. */
  at: Timestamp;
  /** From which address, as far as it is known and was not erased. */
  ip: string | null;
  /** What else there is to say. */
  detail: AuditDetail | null;
}

/** What was done. */
export type AuditAction =
  /** A device signed in. */
  | "signed_in"
  /**
   * Someone tried to sign in and was refused. Without a subject where no account has the name; the
   * name that was given is not kept.
   */
  | "sign_in_failed"
  /** A device signed itself out. */
  | "signed_out"
  /** Someone signed in gave a wrong `current_password`. */
  | "reauthentication_failed"
  /** One device of a person was signed out by them, on another or the same, or by the operator. */
  | "login_revoked"
  /** All devices of a person were signed out by them, or by the operator. */
  | "logins_revoked"
  /**
   * A refresh token was shown again long after it was spent: two parties hold it, and its login was
   * revoked.
   */
  | "refresh_reused"
  /** Someone made an account for themself. */
  | "registered"
  /** An admin, or the operator, made an account for someone. */
  | "user_created"
  /** What an account may do was changed. */
  | "role_changed"
  /** An account was shut. */
  | "user_disabled"
  /** An account was opened again. */
  | "user_enabled"
  /** An account was deleted. */
  | "user_deleted"
  /** What an account told of a person was overwritten. */
  | "user_erased"
  /** A password was changed, with the present one, by an admin or by the operator. */
  | "password_changed"
  /** A forgotten password was replaced. */
  | "password_reset"
  /** An email address was changed. */
  | "email_changed"
  /** An email address was found to be its owner's. */
  | "email_verified"
  /** A username was changed. */
  | "username_changed"
  /** All that is stored about a person was read out to them. */
  | "data_exported";

/** What else there is to say of something that was done. Never a secret, nor what tells of a person. */
export interface AuditDetail {
  /** What the account could do before. */
  old_role: Role | null;
  /** What it can do since. */
  new_role: Role | null;
  /** The login that was made or revoked. */
  login_id: LoginId | null;
  /** With what the call was refused. */
  code: ErrorCode | null;
  /** Who did it, where it was no account's owner. */
  actor: AuditActor | null;
}

/** Who did something and is no account. */
export type AuditActor =
  /** The operator, at the console of the server or by its settings. */
  "console";

/** The query of `GET /audit`. */
export interface AuditQuery {
  /** Only what was done in this way. */
  action?: AuditAction;
  /** Only what this person did. */
  actor_id?: UserId;
  /** Only what was done to this person's account. */
  subject_id?: UserId;
  /** Only what was done at this time or later. */
  from?: Timestamp;
  /** Only what was done before this time. */
  to?: Timestamp;
  /** Only what was done from this address. */
  ip?: string;
  /** Only rows older than the one with this id; costs the same at any depth. */
  before?: AuditId;
  /** How many rows to leave out at the beginning. */
  skip?: Skip;
  /** How many rows at most. */
  limit?: Limit;
}

/**
 * All that is stored about a person. Lists are in id order, but for messages and the audit log, which are
 * newest first. It is read while it is sent: what changes meanwhile may be seen in one part and not
 * in another.
 */
export interface Export {
  /** When it was begun. */
  exported_at: Timestamp;
  /** The account. */
  user: User;
  /** The group the person is in. */
  group: Group | null;
  /** The devices on which they are signed in. */
  logins: Login[];
  /** The addresses from which they signed in during the last 30 days or so. */
  addresses: KnownAddress[];
  /** The mails about their account that are kept. */
  mails: KeptMail[];
  /** The live sessions that they own. */
  sessions_owned: Session[];
  /** The live sessions that they take part in, or took part in when these ended. */
  sessions_joined: Session[];
  /** The events that they organize. */
  events_organized: Event[];
  /** The events that they attend. */
  events_attended: Event[];
  /** The messages that they sent. */
  messages_sent: Message[];
  /** The messages that they received. */
  messages_received: Message[];
  /** What was done to their account. The address is told where it may be their own: not of admins. */
  audit: AuditEntry[];
  /** What they did to the accounts of others. */
  audit_of_others: AuditEntry[];
}

/** An address from which a person signed in, which is slowed by nobody else's wrong passwords. */
export interface KnownAddress {
  /** The address. */
  ip: string;
  /** When the person last signed in from it. */
  seen_at: Timestamp;
}

/** Every code that a problem document can carry. Codes are stable; the list only grows. */
export type ErrorCode =
  /** Another account has this email. Status 400. */
  | "email_taken"
  /** Another account has this username. Status 400. */
  | "username_taken"
  /** Another event has this title. Status 400. */
  | "event_title_taken"
  /** Another group has this name. Status 400. */
  | "group_name_taken"
  /** The session is over; it cannot be started, joined or left. Status 400. */
  | "session_ended"
  /** The token or code of a mail is unknown, used, expired, or meant for what is no longer so. Status 400. */
  | "invalid_token"
  /** The last enabled admin cannot be disabled, deleted or made a user. Status 400. */
  | "last_admin"
  /** No valid access token came with the call. Status 401. */
  | "not_authenticated"
  /** The email or the password is wrong. Status 401. */
  | "invalid_credentials"
  /** The refresh token is unknown, spent, expired or revoked. Status 401. */
  | "invalid_refresh_token"
  /** The caller may not do this. Status 403. */
  | "forbidden"
  /** The present password, asked for again, is wrong. Status 403. */
  | "wrong_password"
  /** The account is disabled; said only after a right password. Status 403. */
  | "account_disabled"
  /** Only admins create accounts here. Status 403. */
  | "registration_closed"
  /** No such path. Status 404. */
  | "not_found"
  /** No such user. Status 404. */
  | "user_not_found"
  /** No such group. Status 404. */
  | "group_not_found"
  /** No such event. Status 404. */
  | "event_not_found"
  /** No such session. Status 404. */
  | "session_not_found"
  /** No such message, or none that the caller sent or received. Status 404. */
  | "message_not_found"
  /** No such login of the caller. Status 404. */
  | "login_not_found"
  /** The path does not know this method. Status 405. */
  | "method_not_allowed"
  /** The body did not come in time. Status 408. */
  | "body_too_slow"
  /** The body is over 1 MiB. Status 413. */
  | "body_too_large"
  /** The address, with its query, is over 8 KiB. Status 414. */
  | "uri_too_long"
  /** The body is of a type that the call does not take. Status 415. */
  | "unsupported_media_type"
  /** A parameter or the body does not fit; `errors` names the fields. Status 422. */
  | "validation_failed"
  /** The password is too easy to guess. Status 422. */
  | "weak_password"
  /** The same `Idempotency-Key` came with another body. Status 422. */
  | "idempotency_key_reused"
  /** Too many tries or requests; `Retry-After` says when to come back. Status 429. */
  | "too_many_requests"
  /** The headers come to more than 32 KiB. Status 431. */
  | "headers_too_large"
  /** A fault of the server; its log has more under the request's id. Status 500. */
  | "internal"
  /** The storage cannot be reached for the moment. Status 503. */
  | "unavailable"
  /** The answer took too long; what was asked for may be done all the same. Status 503. */
  | "timeout";

/** A problem document (RFC 9457), the body of every error. */
export interface Problem {
  /** Always `about:blank`: the `code` tells problems apart. */
  type: string;
  /** The name of the HTTP status. */
  title: string;
  /** The HTTP status. */
  status: number;
  /** What went wrong, for programs. */
  code: ErrorCode;
  /** What went wrong, for people, in the language asked for. */
  detail: string;
  /** Under which id the server's log has this request; also the `X-Request-Id` header. */
  request_id: string;
  /** Which fields do not fit (status 422 only). */
  errors?: FieldError[];
}

/** One field of a request that does not fit. */
export interface FieldError {
  /** The name of the field or parameter; `body` where the body as a whole is meant. */
  field: string;
  /** What is wrong with it, for people. */
  message: string;
}

/**
 * How many rows to leave out at the beginning: 0 to 2^31-1, 0 where nothing is said. It costs
 * the more the larger it is; `after` does not.
 */
export type Skip = number;

/** How many rows a page holds at most: 1 to 1000, 100 where nothing is said. */
export type Limit = number;

/** Which part of a list in id order is asked for. */
export interface Page<Id> {
  /** Only rows after the one with this id; costs the same at any depth. */
  after?: Id;
  /** How many rows to leave out at the beginning. */
  skip?: Skip;
  /** How many rows at most. */
  limit?: Limit;
}

/** Which part of a list that is newest first is asked for. */
export interface Recent<Id> {
  /** Only rows older than the one with this id; costs the same at any depth. */
  before?: Id;
  /** How many rows to leave out at the beginning. */
  skip?: Skip;
  /** How many rows at most. */
  limit?: Limit;
}

/**
 * The id of a login: one signed-in device.
 *
 * A positive 64-bit integer. Servers number from 1 up and stay below 2^53, so that a
 * JavaScript `number` holds every id; both databases refuse larger ones.
 */
export type LoginId = number;

/**
 * The id of a user.
 *
 * A positive 64-bit integer. Servers number from 1 up and stay below 2^53, so that a
 * JavaScript `number` holds every id; both databases refuse larger ones.
 */
export type UserId = number;

/**
 * The id of a group.
 *
 * A positive 64-bit integer. Servers number from 1 up and stay below 2^53, so that a
 * JavaScript `number` holds every id; both databases refuse larger ones.
 */
export type GroupId = number;

/**
 * The id of a live session.
 *
 * A positive 64-bit integer. Servers number from 1 up and stay below 2^53, so that a
 * JavaScript `number` holds every id; both databases refuse larger ones.
 */
export type SessionId = number;

/**
 * The id of an event.
 *
 * A positive 64-bit integer. Servers number from 1 up and stay below 2^53, so that a
 * JavaScript `number` holds every id; both databases refuse larger ones.
 */
export type EventId = number;

/**
 * The id of a message.
 *
 * A positive 64-bit integer. Servers number from 1 up and stay below 2^53, so that a
 * JavaScript `number` holds every id; both databases refuse larger ones.
 */
export type MessageId = number;

/**
 * The id of an entry of the audit log.
 *
 * A positive 64-bit integer. Servers number from 1 up and stay below 2^53, so that a
 * JavaScript `number` holds every id; both databases refuse larger ones.
 */
export type AuditId = number;

/**
 * A point in time, in UTC, cut to microseconds (no database of ours keeps more).
 *
 * On the wire it is RFC 3339 ending in `Z`. It is read from RFC 3339 with any offset, or from
 * the naive `YYYY-MM-DDTHH:MM:SS[.fraction]`, which means UTC. Years 1 to 9999, as RFC 3339 has.
 */
export type Timestamp = string;
