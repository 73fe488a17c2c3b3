//! Rows as another back end may have had them, by their ids.

use guildhall_openapi::{
    Event, EventId, Group, GroupId, Message, MessageId, Session, SessionId, SessionState,
    SessionUser, Timestamp, UserId,
};

use crate::accounts::Account;
use crate::conformance::fixtures::{NOW, draft};

pub(super) fn user_id(id: i64) -> UserId {
    UserId::new(id).unwrap()
}

pub(super) fn account(id: i64, name: &str) -> Account {
    draft(name).with_id(user_id(id))
}

pub(super) fn group(id: i64, name: &str) -> Group {
    Group { id: GroupId::new(id).unwrap(), name: name.into(), created_at: NOW }
}

pub(super) fn event(id: i64, title: &str, organizer: UserId) -> Event {
    Event {
        id: EventId::new(id).unwrap(),
        title: title.into(),
        description: "what".into(),
        date: NOW,
        location: "where".into(),
        organizer_id: organizer,
        created_at: NOW,
        updated_at: NOW,
    }
}

pub(super) fn session(id: i64, owner: UserId, users: &[UserId]) -> Session {
    Session {
        id: SessionId::new(id).unwrap(),
        name: format!("session {id}").into(),
        state: SessionState::Inactive,
        owner_id: owner,
        created_at: NOW,
        ended_at: None,
        users: users.iter().map(|id| SessionUser { id: *id, username: "".into() }).collect(),
    }
}

pub(super) fn message(
    id: i64,
    sender: UserId,
    receiver: UserId,
    read_at: Option<Timestamp>,
) -> Message {
    Message {
        id: MessageId::new(id).unwrap(),
        content: format!("number {id}").into(),
        created_at: NOW,
        sender_id: sender,
        receiver_id: receiver,
        is_read: read_at.is_some(),
        read_at,
    }
}
