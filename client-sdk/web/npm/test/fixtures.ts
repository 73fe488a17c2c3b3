// Made by `cargo xtask typescript`: what serde writes of samples of every wire type. That the
// compiler takes it shows that contract.ts declares what a server sends and reads.

import type * as contract from "../src/contract.js";

export const User = [
  {"id":1,"username":"alice","email":"alice@example.org","full_name":null,"email_verified":false,"disabled":false,"role":"user","group":null,"created_at":"2026-11-22T09:34:56.123456Z","updated_at":"2026-11-22T09:34:56.123456Z","deleted_at":null,"last_login":null},
  {"id":1,"username":"alice","email":"alice@example.org","full_name":"Alice \"A\" Liddell\n","email_verified":true,"disabled":true,"role":"admin","group":9223372036854775807,"created_at":"2026-11-22T09:34:56.123456Z","updated_at":"2026-11-22T09:34:56.123456Z","deleted_at":"2026-11-22T09:34:56.123456Z","last_login":"1970-01-01T00:00:00Z"},
] satisfies contract.User[];

export const Member = [
  {"id":1,"username":"alice","email":"alice@example.org","full_name":null,"group":null},
  {"id":1,"username":"alice","email":"alice@example.org","full_name":"Alice \"A\" Liddell\n","group":9223372036854775807},
] satisfies contract.Member[];

export const UserView = [
  {"id":1,"username":"alice","email":"alice@example.org","full_name":null,"email_verified":false,"disabled":false,"role":"user","group":null,"created_at":"2026-11-22T09:34:56.123456Z","updated_at":"2026-11-22T09:34:56.123456Z","deleted_at":null,"last_login":null},
  {"id":1,"username":"alice","email":"alice@example.org","full_name":"Alice \"A\" Liddell\n","email_verified":true,"disabled":true,"role":"admin","group":9223372036854775807,"created_at":"2026-11-22T09:34:56.123456Z","updated_at":"2026-11-22T09:34:56.123456Z","deleted_at":"2026-11-22T09:34:56.123456Z","last_login":"1970-01-01T00:00:00Z"},
  {"id":1,"username":"alice","email":"alice@example.org","full_name":null,"group":null},
  {"id":1,"username":"alice","email":"alice@example.org","full_name":"Alice \"A\" Liddell\n","group":9223372036854775807},
] satisfies contract.UserView[];

export const Role = [
  "user",
  "admin",
] satisfies contract.Role[];

export const NewAccount = [
  {"username":"alice","email":"alice@example.org","password":"plum-orbit-velvet"},
  {"username":"alice","email":"alice@example.org","password":"plum-orbit-velvet","full_name":""},
] satisfies contract.NewAccount[];

export const NewUser = [
  {"username":"alice","email":"alice@example.org","password":"plum-orbit-velvet"},
  {"username":"alice","email":"alice@example.org","password":"plum-orbit-velvet","full_name":"Alice","role":"admin","disabled":false,"group":1},
] satisfies contract.NewUser[];

export const UserPatch = [
  {},
  {"username":"alice","email":"alice@example.org","password":"plum-orbit-velvet","current_password":"old","email_verified":true,"role":"user","disabled":true},
  {"full_name":null,"group":null},
  {"username":"alice","email":"alice@example.org","full_name":null,"password":"plum-orbit-velvet","current_password":"old","email_verified":true,"role":"user","disabled":true,"group":null},
  {"full_name":"Alice","group":1},
  {"username":"alice","email":"alice@example.org","full_name":"Alice","password":"plum-orbit-velvet","current_password":"old","email_verified":true,"role":"user","disabled":true,"group":1},
] satisfies contract.UserPatch[];

export const ProfilePatch = [
  {},
  {"username":"alice","email":"alice@example.org","current_password":"old"},
  {"full_name":null},
  {"username":"alice","email":"alice@example.org","full_name":null,"current_password":"old"},
  {"full_name":"Alice"},
  {"username":"alice","email":"alice@example.org","full_name":"Alice","current_password":"old"},
] satisfies contract.ProfilePatch[];

export const Group = [
  {"id":1,"name":"Croquet","created_at":"2026-11-22T09:34:56.123456Z"},
] satisfies contract.Group[];

export const NewGroup = [
  {"name":"Croquet"},
] satisfies contract.NewGroup[];

export const GroupPatch = [
  {"name":"Croquet"},
  {},
] satisfies contract.GroupPatch[];

export const Credentials = [
  {"email":"alice","password":"plum-orbit-velvet"},
] satisfies contract.Credentials[];

export const PasswordGrant = [
  {"username":"alice","password":"plum-orbit-velvet"},
] satisfies contract.PasswordGrant[];

export const TokenType = [
  "bearer",
] satisfies contract.TokenType[];

export const Tokens = [
  {"access_token":"a","token_type":"bearer","expires_in":1800,"refresh_token":"r"},
] satisfies contract.Tokens[];

export const Refresh = [
  {"refresh_token":"r"},
] satisfies contract.Refresh[];

export const PasswordChange = [
  {"current_password":"old","new_password":"plum-orbit-velvet"},
] satisfies contract.PasswordChange[];

export const Login = [
  {"id":1,"created_at":"2026-11-22T09:34:56.123456Z","last_seen_at":"2026-11-22T09:34:56.123456Z","user_agent":null,"ip":null,"current":false},
  {"id":1,"created_at":"2026-11-22T09:34:56.123456Z","last_seen_at":"2026-11-22T09:34:56.123456Z","user_agent":"Lynx é","ip":"::1","current":true},
] satisfies contract.Login[];

export const MailRequest = [
  {"email":"alice@example.org"},
] satisfies contract.MailRequest[];

export const PasswordReset = [
  {"password":"plum-orbit-velvet"},
  {"token":"gm1","email":"alice@example.org","code":"K7QF-2M9X","password":"plum-orbit-velvet"},
] satisfies contract.PasswordReset[];

export const EmailVerification = [
  {},
  {"token":"gm1","email":"alice@example.org","code":"K7QF-2M9X"},
] satisfies contract.EmailVerification[];

export const Jwk = [
  {"kty":"OKP","use":"sig","alg":"EdDSA","kid":"k"},
  {"kty":"OKP","use":"sig","alg":"EdDSA","kid":"k","crv":"AQAB","x":"AQAB","y":"AQAB","n":"AQAB","e":"AQAB"},
] satisfies contract.Jwk[];

export const JwkSet = [
  {"keys":[]},
  {"keys":[{"kty":"OKP","use":"sig","alg":"EdDSA","kid":"k"},{"kty":"OKP","use":"sig","alg":"EdDSA","kid":"k","crv":"AQAB","x":"AQAB","y":"AQAB","n":"AQAB","e":"AQAB"}]},
] satisfies contract.JwkSet[];

export const NewEvent = [
  {"title":"Fête 🎉","description":"a\nb","date":"2026-11-22T09:34:56.123456Z","location":""},
] satisfies contract.NewEvent[];

export const Event = [
  {"id":1,"title":"Fête 🎉","description":"a\nb","date":"2026-11-22T09:34:56.123456Z","location":"","organizer_id":1,"created_at":"2026-11-22T09:34:56.123456Z","updated_at":"2026-11-22T09:34:56.123456Z"},
] satisfies contract.Event[];

export const EventPatch = [
  {},
  {"title":"Fête 🎉","description":"a\nb","date":"2026-11-22T09:34:56.123456Z","location":""},
] satisfies contract.EventPatch[];

export const SessionState = [
  "inactive",
  "active",
  "ended",
] satisfies contract.SessionState[];

export const NewSession = [
  {"name":"Anatomy"},
] satisfies contract.NewSession[];

export const SessionUser = [
  {"id":1,"username":"alice"},
  {"id":9223372036854775807,"username":"alice"},
] satisfies contract.SessionUser[];

export const Session = [
  {"id":1,"name":"Anatomy","state":"inactive","owner_id":1,"created_at":"2026-11-22T09:34:56.123456Z","ended_at":null,"users":[]},
  {"id":1,"name":"Anatomy","state":"ended","owner_id":1,"created_at":"2026-11-22T09:34:56.123456Z","ended_at":"2026-11-22T09:34:56.123456Z","users":[{"id":1,"username":"alice"},{"id":9223372036854775807,"username":"alice"}]},
] satisfies contract.Session[];

export const NewMessage = [
  {"content":"x","receiver_id":1},
] satisfies contract.NewMessage[];

export const Message = [
  {"id":1,"content":"\"Fête\" 🎉\n","created_at":"2026-11-22T09:34:56.123456Z","sender_id":1,"receiver_id":9223372036854775807,"is_read":false,"read_at":null},
  {"id":1,"content":"\"Fête\" 🎉\n","created_at":"2026-11-22T09:34:56.123456Z","sender_id":1,"receiver_id":9223372036854775807,"is_read":true,"read_at":"2026-11-22T09:34:56.123456Z"},
] satisfies contract.Message[];

export const Correspondent = [
  {"id":1,"username":null,"full_name":null,"deleted":false},
  {"id":1,"username":"alice","full_name":"Alice","deleted":true},
] satisfies contract.Correspondent[];

export const Conversation = [
  {"user":{"id":1,"username":"alice","full_name":"Alice","deleted":true},"last_message":{"id":1,"content":"\"Fête\" 🎉\n","created_at":"2026-11-22T09:34:56.123456Z","sender_id":1,"receiver_id":9223372036854775807,"is_read":false,"read_at":null},"unread_count":3},
] satisfies contract.Conversation[];

export const ReadyFrame = [
  {"type":"ready","cursor":"gc1.1.0.x"},
] satisfies contract.ReadyFrame[];

export const FrameType = [
  "ready",
  "resync_required",
  "new_message",
  "message_read",
  "session_deleted",
  "session_updated",
  "event_created",
  "event_deleted",
  "event_updated",
] satisfies contract.FrameType[];

export const ResyncRequiredFrame = [
  {"type":"resync_required","cursor":"gc1.1.0.x"},
] satisfies contract.ResyncRequiredFrame[];

export const NewMessageFrame = [
  {"type":"new_message","message":{"id":1,"content":"\"Fête\" 🎉\n","created_at":"2026-11-22T09:34:56.123456Z","sender_id":1,"receiver_id":9223372036854775807,"is_read":true,"read_at":"2026-11-22T09:34:56.123456Z"},"cursor":"gc1.1.0.x"},
] satisfies contract.NewMessageFrame[];

export const MessageReadFrame = [
  {"type":"message_read","message":{"id":1,"content":"\"Fête\" 🎉\n","created_at":"2026-11-22T09:34:56.123456Z","sender_id":1,"receiver_id":9223372036854775807,"is_read":true,"read_at":"2026-11-22T09:34:56.123456Z"},"cursor":"gc1.1.0.x"},
] satisfies contract.MessageReadFrame[];

export const SessionDeletedFrame = [
  {"type":"session_deleted","session_id":1,"cursor":"gc1.1.0.x"},
] satisfies contract.SessionDeletedFrame[];

export const SessionUpdatedFrame = [
  {"type":"session_updated","session":{"id":1,"name":"Anatomy","state":"ended","owner_id":1,"created_at":"2026-11-22T09:34:56.123456Z","ended_at":"2026-11-22T09:34:56.123456Z","users":[{"id":1,"username":"alice"},{"id":9223372036854775807,"username":"alice"}]},"cursor":"gc1.1.0.x"},
] satisfies contract.SessionUpdatedFrame[];

export const EventCreatedFrame = [
  {"type":"event_created","event":{"id":1,"title":"Fête 🎉","description":"a\nb","date":"2026-11-22T09:34:56.123456Z","location":"","organizer_id":1,"created_at":"2026-11-22T09:34:56.123456Z","updated_at":"2026-11-22T09:34:56.123456Z"},"cursor":"gc1.1.0.x"},
] satisfies contract.EventCreatedFrame[];

export const EventDeletedFrame = [
  {"type":"event_deleted","event_id":1,"cursor":"gc1.1.0.x"},
] satisfies contract.EventDeletedFrame[];

export const EventUpdatedFrame = [
  {"type":"event_updated","event":{"id":1,"title":"Fête 🎉","description":"a\nb","date":"2026-11-22T09:34:56.123456Z","location":"","organizer_id":1,"created_at":"2026-11-22T09:34:56.123456Z","updated_at":"2026-11-22T09:34:56.123456Z"},"cursor":"gc1.1.0.x"},
] satisfies contract.EventUpdatedFrame[];

export const Frame = [
  {"type":"ready","cursor":"gc1.1.0.x"},
  {"type":"resync_required","cursor":"gc1.1.0.x"},
  {"type":"new_message","message":{"id":1,"content":"\"Fête\" 🎉\n","created_at":"2026-11-22T09:34:56.123456Z","sender_id":1,"receiver_id":9223372036854775807,"is_read":true,"read_at":"2026-11-22T09:34:56.123456Z"},"cursor":"gc1.1.0.x"},
  {"type":"message_read","message":{"id":1,"content":"\"Fête\" 🎉\n","created_at":"2026-11-22T09:34:56.123456Z","sender_id":1,"receiver_id":9223372036854775807,"is_read":true,"read_at":"2026-11-22T09:34:56.123456Z"},"cursor":"gc1.1.0.x"},
  {"type":"session_deleted","session_id":1,"cursor":"gc1.1.0.x"},
  {"type":"session_updated","session":{"id":1,"name":"Anatomy","state":"ended","owner_id":1,"created_at":"2026-11-22T09:34:56.123456Z","ended_at":"2026-11-22T09:34:56.123456Z","users":[{"id":1,"username":"alice"},{"id":9223372036854775807,"username":"alice"}]},"cursor":"gc1.1.0.x"},
  {"type":"event_created","event":{"id":1,"title":"Fête 🎉","description":"a\nb","date":"2026-11-22T09:34:56.123456Z","location":"","organizer_id":1,"created_at":"2026-11-22T09:34:56.123456Z","updated_at":"2026-11-22T09:34:56.123456Z"},"cursor":"gc1.1.0.x"},
  {"type":"event_deleted","event_id":1,"cursor":"gc1.1.0.x"},
  {"type":"event_updated","event":{"id":1,"title":"Fête 🎉","description":"a\nb","date":"2026-11-22T09:34:56.123456Z","location":"","organizer_id":1,"created_at":"2026-11-22T09:34:56.123456Z","updated_at":"2026-11-22T09:34:56.123456Z"},"cursor":"gc1.1.0.x"},
] satisfies contract.Frame[];

export const SyncAnswer = [
  {"frames":[],"cursor":"c"},
  {"frames":[{"type":"ready","cursor":"gc1.1.0.x"},{"type":"resync_required","cursor":"gc1.1.0.x"},{"type":"new_message","message":{"id":1,"content":"\"Fête\" 🎉\n","created_at":"2026-11-22T09:34:56.123456Z","sender_id":1,"receiver_id":9223372036854775807,"is_read":true,"read_at":"2026-11-22T09:34:56.123456Z"},"cursor":"gc1.1.0.x"},{"type":"message_read","message":{"id":1,"content":"\"Fête\" 🎉\n","created_at":"2026-11-22T09:34:56.123456Z","sender_id":1,"receiver_id":9223372036854775807,"is_read":true,"read_at":"2026-11-22T09:34:56.123456Z"},"cursor":"gc1.1.0.x"},{"type":"session_deleted","session_id":1,"cursor":"gc1.1.0.x"},{"type":"session_updated","session":{"id":1,"name":"Anatomy","state":"ended","owner_id":1,"created_at":"2026-11-22T09:34:56.123456Z","ended_at":"2026-11-22T09:34:56.123456Z","users":[{"id":1,"username":"alice"},{"id":9223372036854775807,"username":"alice"}]},"cursor":"gc1.1.0.x"},{"type":"event_created","event":{"id":1,"title":"Fête 🎉","description":"a\nb","date":"2026-11-22T09:34:56.123456Z","location":"","organizer_id":1,"created_at":"2026-11-22T09:34:56.123456Z","updated_at":"2026-11-22T09:34:56.123456Z"},"cursor":"gc1.1.0.x"},{"type":"event_deleted","event_id":1,"cursor":"gc1.1.0.x"},{"type":"event_updated","event":{"id":1,"title":"Fête 🎉","description":"a\nb","date":"2026-11-22T09:34:56.123456Z","location":"","organizer_id":1,"created_at":"2026-11-22T09:34:56.123456Z","updated_at":"2026-11-22T09:34:56.123456Z"},"cursor":"gc1.1.0.x"}],"cursor":"c"},
] satisfies contract.SyncAnswer[];

export const Ticket = [
  {"ticket":"gt1.x","expires_in":30},
] satisfies contract.Ticket[];

export const AuditAction = [
  "signed_in",
  "sign_in_failed",
  "signed_out",
  "reauthentication_failed",
  "login_revoked",
  "logins_revoked",
  "refresh_reused",
  "registered",
  "user_created",
  "role_changed",
  "user_disabled",
  "user_enabled",
  "user_deleted",
  "user_erased",
  "password_changed",
  "password_reset",
  "email_changed",
  "email_verified",
  "username_changed",
  "data_exported",
] satisfies contract.AuditAction[];

export const AuditActor = [
  "console",
] satisfies contract.AuditActor[];

export const AuditDetail = [
  {"old_role":null,"new_role":null,"login_id":null,"code":null,"actor":null},
  {"old_role":"user","new_role":"admin","login_id":1,"code":"invalid_credentials","actor":"console"},
] satisfies contract.AuditDetail[];

export const AuditEntry = [
  {"id":1,"action":"sign_in_failed","actor_id":null,"subject_id":null,"at":"2026-11-22T09:34:56.123456Z","ip":null,"detail":null},
  {"id":1,"action":"sign_in_failed","actor_id":1,"subject_id":9223372036854775807,"at":"2026-11-22T09:34:56.123456Z","ip":"2001:db8::1","detail":{"old_role":"user","new_role":"admin","login_id":1,"code":"invalid_credentials","actor":"console"}},
] satisfies contract.AuditEntry[];

export const KnownAddress = [
  {"ip":"192.0.2.7","seen_at":"2026-11-22T09:34:56.123456Z"},
] satisfies contract.KnownAddress[];

export const MailKind = [
  "verify_email",
  "reset_password",
  "email_changed",
  "password_changed",
] satisfies contract.MailKind[];

export const KeptMail = [
  {"kind":"verify_email","email":"alice@example.org","language":"fr","expires_at":"2026-11-22T09:34:56.123456Z"},
] satisfies contract.KeptMail[];

export const Export = [
  {"exported_at":"2026-11-22T09:34:56.123456Z","user":{"id":1,"username":"alice","email":"alice@example.org","full_name":null,"email_verified":false,"disabled":false,"role":"user","group":null,"created_at":"2026-11-22T09:34:56.123456Z","updated_at":"2026-11-22T09:34:56.123456Z","deleted_at":null,"last_login":null},"group":null,"logins":[],"addresses":[],"mails":[],"sessions_owned":[],"sessions_joined":[],"events_organized":[],"events_attended":[],"messages_sent":[],"messages_received":[],"audit":[],"audit_of_others":[]},
  {"exported_at":"2026-11-22T09:34:56.123456Z","user":{"id":1,"username":"alice","email":"alice@example.org","full_name":"Alice \"A\" Liddell\n","email_verified":true,"disabled":true,"role":"admin","group":9223372036854775807,"created_at":"2026-11-22T09:34:56.123456Z","updated_at":"2026-11-22T09:34:56.123456Z","deleted_at":"2026-11-22T09:34:56.123456Z","last_login":"1970-01-01T00:00:00Z"},"group":{"id":1,"name":"Croquet","created_at":"2026-11-22T09:34:56.123456Z"},"logins":[],"addresses":[{"ip":"192.0.2.7","seen_at":"2026-11-22T09:34:56.123456Z"}],"mails":[{"kind":"verify_email","email":"alice@example.org","language":"fr","expires_at":"2026-11-22T09:34:56.123456Z"}],"sessions_owned":[],"sessions_joined":[],"events_organized":[],"events_attended":[],"messages_sent":[],"messages_received":[],"audit":[],"audit_of_others":[]},
] satisfies contract.Export[];

export const ErrorCode = [
  "email_taken",
  "username_taken",
  "event_title_taken",
  "group_name_taken",
  "session_ended",
  "invalid_token",
  "last_admin",
  "not_authenticated",
  "invalid_credentials",
  "invalid_refresh_token",
  "forbidden",
  "wrong_password",
  "account_disabled",
  "registration_closed",
  "not_found",
  "user_not_found",
  "group_not_found",
  "event_not_found",
  "session_not_found",
  "message_not_found",
  "login_not_found",
  "method_not_allowed",
  "body_too_slow",
  "body_too_large",
  "uri_too_long",
  "unsupported_media_type",
  "validation_failed",
  "weak_password",
  "idempotency_key_reused",
  "too_many_requests",
  "headers_too_large",
  "internal",
  "unavailable",
  "timeout",
] satisfies contract.ErrorCode[];

export const FieldError = [
  {"field":"body","message":"does not fit"},
] satisfies contract.FieldError[];

export const Problem = [
  {"type":"about:blank","title":"Not Found","status":404,"code":"not_found","detail":"There is nothing at this address","request_id":"x"},
  {"type":"about:blank","title":"Not Found","status":404,"code":"not_found","detail":"There is nothing at this address","request_id":"x","errors":[{"field":"body","message":"does not fit"},{"field":"body","message":"does not fit"}]},
] satisfies contract.Problem[];

export const UserQuery = [
  {"include_deleted":false,"skip":0,"limit":100},
  {"q":"ali","group":1,"include_deleted":true,"after":1,"skip":7,"limit":20},
] satisfies contract.UserQuery[];

export const UserDeletion = [
  {"erase":false},
  {"erase":true},
] satisfies contract.UserDeletion[];

export const Page = [
  {"skip":0,"limit":100},
  {"after":1,"skip":7,"limit":20},
] satisfies contract.Page<contract.UserId>[];

export const SessionQuery = [
  {"skip":0,"limit":100},
  {"state":"active","after":1,"skip":0,"limit":100},
] satisfies contract.SessionQuery[];

export const EventSelection = [
  {},
  {"from":"2026-11-22T09:34:56.123456Z","to":"2026-11-22T09:34:56.123456Z","q":"ali","organizer_id":1},
] satisfies contract.EventSelection[];

export const EventQuery = [
  {"skip":0,"limit":100},
  {"from":"2026-11-22T09:34:56.123456Z","to":"2026-11-22T09:34:56.123456Z","q":"ali","organizer_id":1,"after":1,"skip":0,"limit":100},
] satisfies contract.EventQuery[];

export const Recent = [
  {"skip":0,"limit":100},
  {"before":1,"skip":7,"limit":20},
] satisfies contract.Recent<contract.MessageId>[];

export const ReceivedQuery = [
  {"skip":0,"limit":100},
  {"unread":true,"before":1,"skip":7,"limit":20},
] satisfies contract.ReceivedQuery[];

export const ConversationQuery = [
  {"skip":0,"limit":100},
  {"skip":7,"limit":20},
] satisfies contract.ConversationQuery[];

export const AuditQuery = [
  {"skip":0,"limit":100},
  {"action":"signed_in","actor_id":1,"subject_id":1,"from":"2026-11-22T09:34:56.123456Z","to":"2026-11-22T09:34:56.123456Z","ip":"192.0.2.7","before":1,"skip":0,"limit":100},
] satisfies contract.AuditQuery[];

export const StreamQuery = [
  {},
  {"cursor":"gc1.1.0.x"},
] satisfies contract.StreamQuery[];

export const SyncQuery = [
  {"wait":0},
  {"cursor":"gc1.1.0.x","wait":30},
] satisfies contract.SyncQuery[];

export const UserId = [
  1,
] satisfies contract.UserId[];

export const GroupId = [
  1,
] satisfies contract.GroupId[];

export const LoginId = [
  1,
] satisfies contract.LoginId[];

export const EventId = [
  1,
] satisfies contract.EventId[];

export const SessionId = [
  1,
] satisfies contract.SessionId[];

export const MessageId = [
  1,
] satisfies contract.MessageId[];

export const AuditId = [
  1,
] satisfies contract.AuditId[];

export const Timestamp = [
  "2026-11-22T09:34:56.123456Z",
] satisfies contract.Timestamp[];

export const Limit = [
  100,
] satisfies contract.Limit[];

export const Skip = [
  0,
] satisfies contract.Skip[];

export const Wait = [
  0,
] satisfies contract.Wait[];

export const CalendarText = [
  "BEGIN:VCALENDAR\r\n",
] satisfies contract.CalendarText[];

export const CloseReason = [
  "invalid_token",
  "token_expired",
  "token_revoked",
  "too_slow",
  "too_many",
  "stopping",
] satisfies contract.CloseReason[];
