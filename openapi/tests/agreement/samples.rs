//! Samples of every type that has a schema in the document.

use std::collections::BTreeSet;

use guildhall_openapi::accounts::{ProfilePatch, UserPatch};
use guildhall_openapi::groups::{Group, GroupPatch, NewGroup};
use guildhall_openapi::keys::{Jwk, JwkSet};
use guildhall_openapi::logins::{PasswordChange, PasswordGrant, Refresh, TokenType};
use guildhall_openapi::recovery::{
    EmailVerification, KeptMail, MailKind, MailRequest, PasswordReset,
};
use guildhall_openapi::stream::{SyncAnswer, Ticket};
use guildhall_openapi::text::{Description, EventTitle, Location};
use guildhall_openapi::{
    AuditAction, AuditActor, AuditDetail, AuditEntry, AuditId, Change, Conversation, Correspondent,
    Credentials, DOCUMENT, ErrorCode, Event, EventId, EventPatch, Export, FieldError, Frame,
    GroupId, KnownAddress, Login, LoginId, Member, Message, MessageId, NewAccount, NewEvent,
    NewMessage, NewSession, NewUser, Problem, Push, Role, Session, SessionId, SessionState,
    SessionUser, Timestamp, Tokens, User, UserId, UserView,
};
use serde_json::Value;

use super::Seen;

/// Every type that has a schema in the document, agreed upon.
pub(crate) fn schemas() -> Seen {
    let mut seen = Seen::default();
    accounts(&mut seen);
    groups(&mut seen);
    logins(&mut seen);
    recovery(&mut seen);
    signing_keys(&mut seen);
    let event = events(&mut seen);
    let session = sessions(&mut seen);
    let message = messages(&mut seen);
    stream(&mut seen, (message, session, event));
    audit(&mut seen);
    export(&mut seen);
    errors(&mut seen);
    seen
}

pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_795_340_096_123_456);

fn users() -> [User; 2] {
    let bare = User {
        id: UserId::FIRST,
        username: "alice".into(),
        email: "alice@example.org".into(),
        full_name: None,
        email_verified: false,
        disabled: false,
        role: Role::User,
        group: None,
        created_at: NOW,
        updated_at: NOW,
        deleted_at: None,
        last_login: None,
    };
    let full = User {
        full_name: Some("Alice \"A\" Liddell\n".into()),
        email_verified: true,
        disabled: true,
        role: Role::Admin,
        group: GroupId::new(i64::MAX),
        deleted_at: Some(NOW),
        last_login: Some(Timestamp::from_micros(0)),
        ..bare.clone()
    };
    [bare, full]
}

fn accounts(seen: &mut Seen) {
    let users = users();
    let members = users.clone().map(Member::from);
    seen.agree(&users);
    seen.agree(&members);
    seen.agree(&users.map(UserView::Full));
    seen.agree(&members.map(UserView::Member));
    seen.agree(&[Role::User, Role::Admin]);
    let account = NewAccount {
        username: "alice".into(),
        email: "alice@example.org".into(),
        password: "plum-orbit-velvet".into(),
        full_name: None,
    };
    let named = NewAccount { full_name: Some("".into()), ..account.clone() };
    let NewAccount { username, email, password, .. } = account.clone();
    seen.agree(&[account, named]);
    let new = NewUser {
        username: username.clone(),
        email: email.clone(),
        password: password.clone(),
        full_name: None,
        role: None,
        disabled: None,
        group: None,
    };
    let full = NewUser {
        full_name: Some("Alice".into()),
        role: Some(Role::Admin),
        disabled: Some(false),
        group: Some(GroupId::FIRST),
        ..new.clone()
    };
    seen.agree(&[new, full]);
    for (full_name, group) in [
        (Change::Keep, Change::Keep),
        (Change::Clear, Change::Clear),
        (Change::Set("Alice".into()), Change::Set(GroupId::FIRST)),
    ] {
        let bare = UserPatch { full_name: full_name.clone(), group, ..UserPatch::default() };
        let full = UserPatch {
            username: Some(username.clone()),
            email: Some(email.clone()),
            password: Some(password.clone()),
            current_password: Some("old".into()),
            email_verified: Some(true),
            role: Some(Role::User),
            disabled: Some(true),
            ..bare.clone()
        };
        seen.agree(&[bare, full]);
        let bare = ProfilePatch { full_name, ..ProfilePatch::default() };
        let full = ProfilePatch {
            username: Some(username.clone()),
            email: Some(email.clone()),
            current_password: Some("old".into()),
            ..bare.clone()
        };
        seen.agree(&[bare, full]);
    }
}

fn groups(seen: &mut Seen) {
    let name = || "Croquet".into();
    seen.agree(&[Group { id: GroupId::FIRST, name: name(), created_at: NOW }]);
    seen.agree(&[NewGroup { name: name() }]);
    seen.agree(&[GroupPatch { name: Some(name()) }, GroupPatch::default()]);
}

fn recovery(seen: &mut Seen) {
    seen.agree(&[MailRequest { email: "alice@example.org".into() }]);
    let bare = PasswordReset {
        token: None,
        email: None,
        code: None,
        password: "plum-orbit-velvet".into(),
    };
    let full = PasswordReset {
        token: Some("gm1".into()),
        email: Some("alice@example.org".into()),
        code: Some("K7QF-2M9X".into()),
        ..bare.clone()
    };
    let PasswordReset { token, email, code, .. } = full.clone();
    seen.agree(&[bare, full]);
    seen.agree(&[EmailVerification::default(), EmailVerification { token, email, code }]);
}

fn logins(seen: &mut Seen) {
    let (email, password) = ("alice".into(), "plum-orbit-velvet".into());
    seen.agree(&[Credentials { email, password }]);
    let (username, password) = ("alice".into(), "plum-orbit-velvet".into());
    seen.agree(&[PasswordGrant { username, password }]);
    seen.agree(&[TokenType::Bearer]);
    seen.agree(&[Tokens {
        access_token: "a".into(),
        token_type: TokenType::Bearer,
        expires_in: 1800,
        refresh_token: "r".into(),
    }]);
    seen.agree(&[Refresh { refresh_token: "r".into() }]);
    let (current_password, new_password) = ("old".into(), "plum-orbit-velvet".into());
    seen.agree(&[PasswordChange { current_password, new_password }]);
    let bare = Login {
        id: LoginId::FIRST,
        created_at: NOW,
        last_seen_at: NOW,
        user_agent: None,
        ip: None,
        current: false,
    };
    let (user_agent, ip) = (Some("Lynx é".into()), Some("::1".into()));
    let full = Login { user_agent, ip, current: true, ..bare.clone() };
    seen.agree(&[bare, full]);
}

fn signing_keys(seen: &mut Seen) {
    let bare = Jwk {
        kty: "OKP".into(),
        purpose: "sig".into(),
        alg: "EdDSA".into(),
        kid: "k".into(),
        crv: None,
        x: None,
        y: None,
        n: None,
        e: None,
    };
    let part = || Some("AQAB".to_owned());
    let full = Jwk { crv: part(), x: part(), y: part(), n: part(), e: part(), ..bare.clone() };
    seen.agree(&[bare.clone(), full.clone()]);
    seen.agree(&[JwkSet::default(), JwkSet { keys: vec![bare, full] }]);
}

fn events(seen: &mut Seen) -> Event {
    let (title, description) = (EventTitle::from("Fête 🎉"), Description::from("a\nb"));
    let (date, location) = (NOW, Location::from(""));
    let new = NewEvent { title, description, date, location };
    let NewEvent { title, description, location, .. } = new.clone();
    let event = Event {
        id: EventId::FIRST,
        title: title.clone(),
        description: description.clone(),
        date,
        location: location.clone(),
        organizer_id: UserId::FIRST,
        created_at: NOW,
        updated_at: NOW,
    };
    let (title, description) = (Some(title), Some(description));
    let patch = EventPatch { title, description, date: Some(date), location: Some(location) };
    seen.agree(&[new]);
    seen.agree(std::slice::from_ref(&event));
    seen.agree(&[EventPatch::default(), patch]);
    event
}

fn sessions(seen: &mut Seen) -> Session {
    seen.agree(&SessionState::ALL);
    seen.agree(&[NewSession { name: "Anatomy".into() }]);
    let user = |id| SessionUser { id, username: "alice".into() };
    let users = [UserId::FIRST, UserId::new(i64::MAX).unwrap()].map(user);
    seen.agree(&users);
    let bare = Session {
        id: SessionId::FIRST,
        name: "Anatomy".into(),
        state: SessionState::Inactive,
        owner_id: UserId::FIRST,
        created_at: NOW,
        ended_at: None,
        users: Vec::new(),
    };
    let (state, ended_at, users) = (SessionState::Ended, Some(NOW), users.into());
    let full = Session { state, ended_at, users, ..bare.clone() };
    seen.agree(&[bare, full.clone()]);
    full
}

fn messages(seen: &mut Seen) -> Message {
    let unread = Message {
        id: MessageId::FIRST,
        content: "\"Fête\" 🎉\n".into(),
        created_at: NOW,
        sender_id: UserId::FIRST,
        receiver_id: UserId::new(i64::MAX).unwrap(),
        is_read: false,
        read_at: None,
    };
    let read = Message { is_read: true, read_at: Some(NOW), ..unread.clone() };
    let nameless =
        Correspondent { id: UserId::FIRST, username: None, full_name: None, deleted: false };
    let (username, full_name) = (Some("alice".into()), Some("Alice".into()));
    let named = Correspondent { username, full_name, deleted: true, ..nameless.clone() };
    let (user, last_message) = (named.clone(), unread.clone());
    seen.agree(&[NewMessage { content: "x".into(), receiver_id: UserId::FIRST }]);
    seen.agree(&[unread, read.clone()]);
    seen.agree(&[nameless, named]);
    seen.agree(&[Conversation { user, last_message, unread_count: 3 }]);
    read
}

fn keys(object: &Value) -> BTreeSet<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Each kind of frame, against the schema to which the document sends its `type`.
fn stream(seen: &mut Seen, (message, session, event): (Message, Session, Event)) {
    let pushes = [
        Push::Ready,
        Push::ResyncRequired,
        Push::NewMessage { message: message.clone() },
        Push::MessageRead { message },
        Push::SessionDeleted { session_id: session.id },
        Push::SessionUpdated { session },
        Push::EventCreated { event: event.clone() },
        Push::EventDeleted { event_id: event.id },
        Push::EventUpdated { event },
    ];
    let frames = pushes.map(|push| Frame { push, cursor: "gc1.1.0.x".into() });
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let kinds = &document["components"]["schemas"]["Frame"]["discriminator"]["mapping"];
    for frame in &frames {
        let json = serde_json::to_value(frame).unwrap();
        let reference = kinds[json["type"].as_str().unwrap()].as_str().unwrap();
        let schema = document.pointer(reference.strip_prefix('#').unwrap()).unwrap();
        assert_eq!(schema["properties"]["type"]["enum"], serde_json::json!([json["type"]]));
        let required = schema["required"].as_array().unwrap().iter();
        let required: BTreeSet<_> = required.map(|name| name.as_str().unwrap()).collect();
        assert_eq!(required, keys(&json));
        assert_eq!(keys(&schema["properties"]), keys(&json));
        let name = reference.rsplit('/').next().unwrap();
        seen.fixtures.add_as(name, frame);
        seen.fixtures.add_as("FrameType", &json["type"]);
        seen.names.insert(name.to_owned());
    }
    let answer = SyncAnswer { frames: frames.to_vec(), cursor: "c".into() };
    seen.agree(&frames);
    seen.agree(&[SyncAnswer { frames: Vec::new(), cursor: "c".into() }, answer]);
    seen.agree(&[Ticket { ticket: "gt1.x".into(), expires_in: 30 }]);
}

fn audit(seen: &mut Seen) {
    seen.agree(&AuditAction::ALL);
    let full = AuditDetail {
        old_role: Some(Role::User),
        new_role: Some(Role::Admin),
        login_id: Some(LoginId::FIRST),
        code: Some(ErrorCode::InvalidCredentials),
        actor: Some(AuditActor::Console),
    };
    seen.agree(&[AuditActor::Console]);
    seen.agree(&[AuditDetail::default(), full.clone()]);
    let bare = AuditEntry {
        id: AuditId::FIRST,
        action: AuditAction::SignInFailed,
        actor_id: None,
        subject_id: None,
        at: NOW,
        ip: None,
        detail: None,
    };
    let full = AuditEntry {
        actor_id: Some(UserId::FIRST),
        subject_id: UserId::new(i64::MAX),
        ip: Some("2001:db8::1".into()),
        detail: Some(full),
        ..bare.clone()
    };
    seen.agree(&[bare, full]);
}

fn export(seen: &mut Seen) {
    let address = KnownAddress { ip: "192.0.2.7".into(), seen_at: NOW };
    seen.agree(std::slice::from_ref(&address));
    seen.agree(&MailKind::ALL);
    let mail = KeptMail {
        kind: MailKind::VerifyEmail,
        email: "alice@example.org".into(),
        language: "fr".into(),
        expires_at: NOW,
    };
    seen.agree(std::slice::from_ref(&mail));
    let [user, other] = users();
    let bare = Export {
        exported_at: NOW,
        user,
        group: None,
        logins: Vec::new(),
        addresses: Vec::new(),
        mails: Vec::new(),
        sessions_owned: Vec::new(),
        sessions_joined: Vec::new(),
        events_organized: Vec::new(),
        events_attended: Vec::new(),
        messages_sent: Vec::new(),
        messages_received: Vec::new(),
        audit: Vec::new(),
        audit_of_others: Vec::new(),
    };
    let group = Some(Group { id: GroupId::FIRST, name: "Croquet".into(), created_at: NOW });
    let full =
        Export { user: other, group, addresses: vec![address], mails: vec![mail], ..bare.clone() };
    seen.agree(&[bare, full]);
}

fn errors(seen: &mut Seen) {
    seen.agree(ErrorCode::ALL);
    let error = FieldError { field: "body".into(), message: "does not fit".into() };
    seen.agree(std::slice::from_ref(&error));
    let plain = Problem {
        r#type: "about:blank".into(),
        title: "Not Found".into(),
        status: 404,
        code: ErrorCode::NotFound,
        detail: "There is nothing at this address".into(),
        request_id: "x".into(),
        errors: Vec::new(),
    };
    seen.agree(&[plain.clone(), Problem { errors: vec![error.clone(), error], ..plain }]);
}
