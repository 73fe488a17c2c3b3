// Made by `cargo xtask typescript` from the endpoints in openapi/src and the methods in
// client-sdk/src/calls. Change them there.

import type {
  AuditEntry,
  AuditQuery,
  CalendarText,
  Conversation,
  ConversationQuery,
  EmailVerification,
  Event,
  EventId,
  EventPatch,
  EventQuery,
  EventSelection,
  Export,
  Group,
  GroupId,
  GroupPatch,
  JwkSet,
  Login,
  LoginId,
  MailRequest,
  Message,
  MessageId,
  NewEvent,
  NewGroup,
  NewMessage,
  NewSession,
  NewUser,
  Page,
  PasswordChange,
  PasswordReset,
  ProfilePatch,
  ReceivedQuery,
  Recent,
  Session,
  SessionId,
  SessionQuery,
  SyncAnswer,
  SyncQuery,
  Ticket,
  User,
  UserDeletion,
  UserId,
  UserPatch,
  UserQuery,
  UserView,
} from "./contract.js";
import type { List } from "./list.js";
import type { CallOptions } from "./options.js";

/** The people of an application; to sign up or in is `auth`'s. */
export interface Accounts {
  /**
   * Reads the caller's own account. `GET /auth/me`
   *
   * @throws {GuildhallError} `not_authenticated`
   */
  me(options?: CallOptions): Promise<User>;

  /**
   * Changes the caller's own account. `PATCH /auth/me`
   *
   * @throws {GuildhallError} `email_taken`, `username_taken`, `not_authenticated`,
   * `wrong_password`, `body_too_slow`, `body_too_large`, `unsupported_media_type`,
   * `validation_failed`
   */
  updateMe(body: ProfilePatch, options?: CallOptions): Promise<User>;

  /**
   * Lists people. `GET /users`
   *
   * @throws {GuildhallError} `not_authenticated`, `forbidden`, `validation_failed`
   */
  list(query?: UserQuery, options?: CallOptions): List<UserView>;

  /**
   * Creates an account for someone else. `POST /users`
   *
   * @throws {GuildhallError} `email_taken`, `username_taken`, `not_authenticated`, `forbidden`,
   * `group_not_found`, `body_too_slow`, `body_too_large`, `unsupported_media_type`,
   * `validation_failed`, `weak_password`, `idempotency_key_reused`
   */
  create(body: NewUser, options?: CallOptions): Promise<User>;

  /**
   * Reads one account. `GET /users/{user_id}`
   *
   * @throws {GuildhallError} `not_authenticated`, `forbidden`, `user_not_found`,
   * `validation_failed`
   */
  get(userId: UserId, options?: CallOptions): Promise<UserView>;

  /**
   * Changes an account. `PUT /users/{user_id}`
   *
   * @throws {GuildhallError} `email_taken`, `username_taken`, `last_admin`, `not_authenticated`,
   * `forbidden`, `wrong_password`, `user_not_found`, `group_not_found`, `body_too_slow`,
   * `body_too_large`, `unsupported_media_type`, `validation_failed`, `weak_password`
   */
  update(userId: UserId, body: UserPatch, options?: CallOptions): Promise<User>;

  /**
   * Deletes an account. `DELETE /users/{user_id}`
   *
   * @throws {GuildhallError} `last_admin`, `not_authenticated`, `forbidden`, `user_not_found`,
   * `validation_failed`
   */
  delete(userId: UserId, query?: UserDeletion, options?: CallOptions): Promise<void>;

  /**
   * Exports all that is stored about the caller. `GET /auth/me/export`
   *
   * @throws {GuildhallError} `not_authenticated`
   */
  export(options?: CallOptions): Promise<Export>;
}

/** The devices on which whoever is signed in is signed in. */
export interface Logins {
  /**
   * Lists the caller's devices. `GET /auth/logins`
   *
   * @throws {GuildhallError} `not_authenticated`
   */
  list(options?: CallOptions): Promise<Login[]>;

  /**
   * Signs one of the caller's devices out. `DELETE /auth/logins/{login_id}`
   *
   * @throws {GuildhallError} `not_authenticated`, `login_not_found`, `validation_failed`
   */
  revoke(loginId: LoginId, options?: CallOptions): Promise<void>;

  /**
   * Signs all of the caller's devices out. `DELETE /auth/logins`
   *
   * @throws {GuildhallError} `not_authenticated`
   */
  revokeAll(options?: CallOptions): Promise<void>;

  /**
   * Changes the caller's password. `POST /auth/password`
   *
   * @throws {GuildhallError} `not_authenticated`, `wrong_password`, `body_too_slow`,
   * `body_too_large`, `unsupported_media_type`, `validation_failed`, `weak_password`
   */
  changePassword(body: PasswordChange, options?: CallOptions): Promise<void>;

  /**
   * Lists the public keys with which access tokens can be checked. `GET /.well-known/jwks.json`
   */
  signingKeys(options?: CallOptions): Promise<JwkSet>;
}

/** Forgotten passwords, and addresses that are to be verified. */
export interface Recovery {
  /**
   * Sends a mail with which the account's password can be set anew. `POST /auth/forgot-password`
   *
   * @throws {GuildhallError} `body_too_slow`, `body_too_large`, `unsupported_media_type`,
   * `validation_failed`
   */
  forgotPassword(body: MailRequest, options?: CallOptions): Promise<void>;

  /**
   * Sets a password anew, by what was sent in a mail. `POST /auth/reset-password`
   *
   * @throws {GuildhallError} `invalid_token`, `body_too_slow`, `body_too_large`,
   * `unsupported_media_type`, `validation_failed`, `weak_password`
   */
  resetPassword(body: PasswordReset, options?: CallOptions): Promise<void>;

  /**
   * Sends a mail with which the account's address can be verified. `POST /auth/request-verify-token`
   *
   * @throws {GuildhallError} `body_too_slow`, `body_too_large`, `unsupported_media_type`,
   * `validation_failed`
   */
  requestVerifyToken(body: MailRequest, options?: CallOptions): Promise<void>;

  /**
   * Verifies an address, by what was sent there in a mail. `POST /auth/verify`
   *
   * @throws {GuildhallError} `invalid_token`, `body_too_slow`, `body_too_large`,
   * `unsupported_media_type`, `validation_failed`
   */
  verifyEmail(body: EmailVerification, options?: CallOptions): Promise<User>;
}

/** Groups; a person is in one at most. */
export interface Groups {
  /**
   * Lists groups. `GET /groups`
   *
   * @throws {GuildhallError} `not_authenticated`, `validation_failed`
   */
  list(query?: Page<GroupId>, options?: CallOptions): List<Group>;

  /**
   * Creates a group. `POST /groups`
   *
   * @throws {GuildhallError} `group_name_taken`, `not_authenticated`, `forbidden`, `body_too_slow`,
   * `body_too_large`, `unsupported_media_type`, `validation_failed`, `idempotency_key_reused`
   */
  create(body: NewGroup, options?: CallOptions): Promise<Group>;

  /**
   * Reads one group. `GET /groups/{group_id}`
   *
   * @throws {GuildhallError} `not_authenticated`, `group_not_found`, `validation_failed`
   */
  get(groupId: GroupId, options?: CallOptions): Promise<Group>;

  /**
   * Gives a group another name. `PUT /groups/{group_id}`
   *
   * @throws {GuildhallError} `group_name_taken`, `not_authenticated`, `forbidden`,
   * `group_not_found`, `body_too_slow`, `body_too_large`, `unsupported_media_type`,
   * `validation_failed`
   */
  update(groupId: GroupId, body: GroupPatch, options?: CallOptions): Promise<Group>;

  /**
   * Deletes a group; its users have none then. `DELETE /groups/{group_id}`
   *
   * @throws {GuildhallError} `not_authenticated`, `forbidden`, `group_not_found`,
   * `validation_failed`
   */
  delete(groupId: GroupId, options?: CallOptions): Promise<void>;

  /**
   * Lists the people in a group, to those who may see the directory. `GET /groups/{group_id}/users`
   *
   * @throws {GuildhallError} `not_authenticated`, `forbidden`, `group_not_found`,
   * `validation_failed`
   */
  users(groupId: GroupId, query?: Page<UserId>, options?: CallOptions): List<UserView>;
}

/** Live sessions, which people join and leave. */
export interface Sessions {
  /**
   * Lists sessions. `GET /sessions`
   *
   * @throws {GuildhallError} `not_authenticated`, `validation_failed`
   */
  list(query?: SessionQuery, options?: CallOptions): List<Session>;

  /**
   * Creates a session. `POST /sessions`
   *
   * @throws {GuildhallError} `not_authenticated`, `body_too_slow`, `body_too_large`,
   * `unsupported_media_type`, `validation_failed`, `idempotency_key_reused`
   */
  create(body: NewSession, options?: CallOptions): Promise<Session>;

  /**
   * Reads one session. `GET /sessions/{session_id}`
   *
   * @throws {GuildhallError} `not_authenticated`, `session_not_found`, `validation_failed`
   */
  get(sessionId: SessionId, options?: CallOptions): Promise<Session>;

  /**
   * Deletes a session. `DELETE /sessions/{session_id}`
   *
   * @throws {GuildhallError} `not_authenticated`, `forbidden`, `session_not_found`,
   * `validation_failed`
   */
  delete(sessionId: SessionId, options?: CallOptions): Promise<void>;

  /**
   * Starts a session. `POST /sessions/{session_id}/start`
   *
   * @throws {GuildhallError} `session_ended`, `not_authenticated`, `forbidden`,
   * `session_not_found`, `validation_failed`
   */
  start(sessionId: SessionId, options?: CallOptions): Promise<Session>;

  /**
   * Ends a session. `POST /sessions/{session_id}/stop`
   *
   * @throws {GuildhallError} `not_authenticated`, `forbidden`, `session_not_found`,
   * `validation_failed`
   */
  stop(sessionId: SessionId, options?: CallOptions): Promise<Session>;

  /**
   * Lets someone join a session: its owner, an admin or the person does. `POST /sessions/{session_id}/add_user/{user_id}`
   *
   * @throws {GuildhallError} `session_ended`, `not_authenticated`, `forbidden`, `user_not_found`,
   * `session_not_found`, `validation_failed`
   */
  addUser(sessionId: SessionId, userId: UserId, options?: CallOptions): Promise<Session>;

  /**
   * Lets someone leave a session: its owner, an admin or the person does. `DELETE /sessions/{session_id}/users/{user_id}`
   *
   * @throws {GuildhallError} `session_ended`, `not_authenticated`, `forbidden`, `user_not_found`,
   * `session_not_found`, `validation_failed`
   */
  removeUser(sessionId: SessionId, userId: UserId, options?: CallOptions): Promise<Session>;
}

/** Calendar events, and who attends. */
export interface Events {
  /**
   * Lists events. `GET /events`
   *
   * @throws {GuildhallError} `not_authenticated`, `validation_failed`
   */
  list(query?: EventQuery, options?: CallOptions): List<Event>;

  /**
   * Announces an event. `POST /events`
   *
   * @throws {GuildhallError} `event_title_taken`, `not_authenticated`, `body_too_slow`,
   * `body_too_large`, `unsupported_media_type`, `validation_failed`, `idempotency_key_reused`
   */
  create(body: NewEvent, options?: CallOptions): Promise<Event>;

  /**
   * Reads one event. `GET /events/{event_id}`
   *
   * @throws {GuildhallError} `not_authenticated`, `event_not_found`, `validation_failed`
   */
  get(eventId: EventId, options?: CallOptions): Promise<Event>;

  /**
   * Changes an event. `PUT /events/{event_id}`
   *
   * @throws {GuildhallError} `event_title_taken`, `not_authenticated`, `forbidden`,
   * `event_not_found`, `body_too_slow`, `body_too_large`, `unsupported_media_type`,
   * `validation_failed`
   */
  update(eventId: EventId, body: EventPatch, options?: CallOptions): Promise<Event>;

  /**
   * Deletes an event. `DELETE /events/{event_id}`
   *
   * @throws {GuildhallError} `not_authenticated`, `forbidden`, `event_not_found`,
   * `validation_failed`
   */
  delete(eventId: EventId, options?: CallOptions): Promise<void>;

  /**
   * Notes that the caller attends. `PUT /events/{event_id}/attendance`
   *
   * @throws {GuildhallError} `not_authenticated`, `event_not_found`, `validation_failed`
   */
  attend(eventId: EventId, options?: CallOptions): Promise<void>;

  /**
   * Notes that the caller does not attend. `DELETE /events/{event_id}/attendance`
   *
   * @throws {GuildhallError} `not_authenticated`, `event_not_found`, `validation_failed`
   */
  leave(eventId: EventId, options?: CallOptions): Promise<void>;

  /**
   * Lists who attends. `GET /events/{event_id}/attendees`
   *
   * @throws {GuildhallError} `not_authenticated`, `forbidden`, `event_not_found`,
   * `validation_failed`
   */
  attendees(eventId: EventId, query?: Page<UserId>, options?: CallOptions): List<UserView>;

  /**
   * Reads events as a calendar. `GET /events.ics`
   *
   * @throws {GuildhallError} `not_authenticated`, `validation_failed`
   */
  calendar(query?: EventSelection, options?: CallOptions): Promise<CalendarText>;

  /**
   * Reads one event as a calendar. `GET /events/{event_id}/event.ics`
   *
   * @throws {GuildhallError} `not_authenticated`, `event_not_found`, `validation_failed`
   */
  eventCalendar(eventId: EventId, options?: CallOptions): Promise<CalendarText>;
}

/** Direct messages, and the conversations that come of them. */
export interface Messages {
  /**
   * Sends a message. `POST /messages`
   *
   * @throws {GuildhallError} `not_authenticated`, `user_not_found`, `body_too_slow`,
   * `body_too_large`, `unsupported_media_type`, `validation_failed`, `idempotency_key_reused`
   */
  send(body: NewMessage, options?: CallOptions): Promise<Message>;

  /**
   * Lists the messages that the caller received, newest first. `GET /messages/received`
   *
   * @throws {GuildhallError} `not_authenticated`, `validation_failed`
   */
  received(query?: ReceivedQuery, options?: CallOptions): List<Message>;

  /**
   * Lists the messages that the caller sent, newest first. `GET /messages/sent`
   *
   * @throws {GuildhallError} `not_authenticated`, `validation_failed`
   */
  sent(query?: Recent<MessageId>, options?: CallOptions): List<Message>;

  /**
   * Reads one message that the caller sent or received. `GET /messages/{message_id}`
   *
   * @throws {GuildhallError} `not_authenticated`, `message_not_found`, `validation_failed`
   */
  get(messageId: MessageId, options?: CallOptions): Promise<Message>;

  /**
   * Notes that the caller, who received it, has read a message. `PUT /messages/{message_id}/read`
   *
   * @throws {GuildhallError} `not_authenticated`, `forbidden`, `message_not_found`,
   * `validation_failed`
   */
  read(messageId: MessageId, options?: CallOptions): Promise<Message>;

  /**
   * Lists the caller's conversations, the one with the newest message first. `GET /conversations`
   *
   * @throws {GuildhallError} `not_authenticated`, `validation_failed`
   */
  conversations(query?: ConversationQuery, options?: CallOptions): List<Conversation>;

  /**
   * Lists what the caller and another wrote to each other, newest first. `GET /conversations/{user_id}/messages`
   *
   * @throws {GuildhallError} `not_authenticated`, `user_not_found`, `validation_failed`
   */
  conversation(userId: UserId, query?: Recent<MessageId>, options?: CallOptions): List<Message>;

  /**
   * Notes that the caller has read all that another sent them. `POST /conversations/{user_id}/read`
   *
   * @throws {GuildhallError} `not_authenticated`, `user_not_found`, `validation_failed`
   */
  readConversation(userId: UserId, options?: CallOptions): Promise<void>;
}

/** What was done, by whom and from where; for admins. */
export interface Audit {
  /**
   * Lists what was done, newest first. `GET /audit`
   *
   * @throws {GuildhallError} `not_authenticated`, `forbidden`, `validation_failed`
   */
  list(query?: AuditQuery, options?: CallOptions): List<AuditEntry>;
}

/** Every call of a server, but for those with which `Client.auth` signs in and out. */
export interface Methods {
  /** The people of an application; to sign up or in is `auth`'s. */
  readonly accounts: Accounts;

  /** The devices on which whoever is signed in is signed in. */
  readonly logins: Logins;

  /** Forgotten passwords, and addresses that are to be verified. */
  readonly recovery: Recovery;

  /** Groups; a person is in one at most. */
  readonly groups: Groups;

  /** Live sessions, which people join and leave. */
  readonly sessions: Sessions;

  /** Calendar events, and who attends. */
  readonly events: Events;

  /** Direct messages, and the conversations that come of them. */
  readonly messages: Messages;

  /** What was done, by whom and from where; for admins. */
  readonly audit: Audit;

  /**
   * Reads the stream without a socket. `GET /sync`
   *
   * @throws {GuildhallError} `not_authenticated`, `validation_failed`
   */
  sync(query?: SyncQuery, options?: CallOptions): Promise<SyncAnswer>;

  /**
   * Makes a ticket, with which a program that cannot set headers opens the stream. `POST /ws/ticket`
   *
   * @throws {GuildhallError} `not_authenticated`
   */
  createTicket(options?: CallOptions): Promise<Ticket>;
}

/**
 * The calls behind the methods, a line each: the HTTP method, the path with `{}` for each argument, and
 * marks. `body` and `query` say that one more argument is that, `key` that an `Idempotency-Key` goes
 * along, `list` that it is a list. @internal
 */
export const TABLE: Record<string, Record<string, string>> = {
  accounts: {
    me: "GET /auth/me",
    updateMe: "PATCH /auth/me body",
    list: "GET /users query list",
    create: "POST /users body key",
    get: "GET /users/{}",
    update: "PUT /users/{} body",
    delete: "DELETE /users/{} query",
    export: "GET /auth/me/export",
  },
  logins: {
    list: "GET /auth/logins",
    revoke: "DELETE /auth/logins/{}",
    revokeAll: "DELETE /auth/logins",
    changePassword: "POST /auth/password body",
    signingKeys: "GET /.well-known/jwks.json",
  },
  recovery: {
    forgotPassword: "POST /auth/forgot-password body",
    resetPassword: "POST /auth/reset-password body",
    requestVerifyToken: "POST /auth/request-verify-token body",
    verifyEmail: "POST /auth/verify body",
  },
  groups: {
    list: "GET /groups query list",
    create: "POST /groups body key",
    get: "GET /groups/{}",
    update: "PUT /groups/{} body",
    delete: "DELETE /groups/{}",
    users: "GET /groups/{}/users query list",
  },
  sessions: {
    list: "GET /sessions query list",
    create: "POST /sessions body key",
    get: "GET /sessions/{}",
    delete: "DELETE /sessions/{}",
    start: "POST /sessions/{}/start",
    stop: "POST /sessions/{}/stop",
    addUser: "POST /sessions/{}/add_user/{}",
    removeUser: "DELETE /sessions/{}/users/{}",
  },
  events: {
    list: "GET /events query list",
    create: "POST /events body key",
    get: "GET /events/{}",
    update: "PUT /events/{} body",
    delete: "DELETE /events/{}",
    attend: "PUT /events/{}/attendance",
    leave: "DELETE /events/{}/attendance",
    attendees: "GET /events/{}/attendees query list",
    calendar: "GET /events.ics query",
    eventCalendar: "GET /events/{}/event.ics",
  },
  messages: {
    send: "POST /messages body key",
    received: "GET /messages/received query list",
    sent: "GET /messages/sent query list",
    get: "GET /messages/{}",
    read: "PUT /messages/{}/read",
    conversations: "GET /conversations query list",
    conversation: "GET /conversations/{}/messages query list",
    readConversation: "POST /conversations/{}/read",
  },
  audit: {
    list: "GET /audit query list",
  },
  "": {
    sync: "GET /sync query",
    createTicket: "POST /ws/ticket",
  },
};

/** What `Client.auth` asks for. @internal */
export const AUTH = {
  signUp: "POST /register body",
  signIn: "POST /login body",
  signOut: "POST /auth/logout",
};
