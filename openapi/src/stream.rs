//! The realtime stream: what a user is told as it happens, over a WebSocket or by asking again.
//!
//! A server sends [`Frame`]s, each a JSON object: a [`Push`], which says by its `type` what happened,
//! and the `cursor` of the place right behind it. Whoever comes back with the last cursor goes on
//! there.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoints;
use crate::error::Fault;
use crate::events::Event;
use crate::ids::{EventId, SessionId};
use crate::messages::Message;
use crate::sessions::Session;
use crate::text::{Cursor, Token};
use crate::variants::documented;

documented! {
    /// What happened.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
    pub enum Push {
        /// The stream is open; what happens from now on is told. The first frame of a socket, but
        /// for `resync_required`.
        Ready,
        /// Something may have been missed: the cursor that was given is too old, or none of this
        /// user's. What is shown has to be read anew; the stream goes on from here.
        ResyncRequired,
        /// A message was sent; to its receiver and to its sender.
        NewMessage {
            /// The message.
            message: Message,
        },
        /// A message was read; to its sender.
        MessageRead {
            /// The message.
            message: Message,
        },
        /// A session was started or stopped, or someone joined or left; to its owner, to those in
        /// it and to the one who left.
        SessionUpdated {
            /// The session as it then was.
            session: Session,
        },
        /// A session was deleted; to its owner and to those who were in it.
        SessionDeleted {
            /// The session.
            session_id: SessionId,
        },
        /// An event was announced; to all members.
        EventCreated {
            /// The event.
            event: Event,
        },
        /// An event was changed; to all members.
        EventUpdated {
            /// The event as it then was.
            event: Event,
        },
        /// An event was deleted; to all members.
        EventDeleted {
            /// The event.
            event_id: EventId,
        },
    }
}

/// What a server sends: what happened, and where that leaves the reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Frame {
    /// What happened.
    #[serde(flatten)]
    pub push: Push,
    /// The place right behind this frame.
    pub cursor: Cursor,
}

documented! {
    /// Why a server closes a socket.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "snake_case"))]
    pub enum CloseReason {
        /// The token or ticket is none, spent, or out of its time.
        InvalidToken,
        /// The access token with which the socket was opened has expired. With a new one, go on
        /// from the last cursor.
        TokenExpired,
        /// The device was signed out, or the account was disabled or deleted.
        TokenRevoked,
        /// Frames were not read fast enough. Go on from the last cursor.
        TooSlow,
        /// The user has as many streams open as one may.
        TooMany,
        /// The server stops. Go on from the last cursor; another one may answer.
        Stopping,
    }
}

impl CloseReason {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::InvalidToken,
        Self::TokenExpired,
        Self::TokenRevoked,
        Self::TooSlow,
        Self::TooMany,
        Self::Stopping,
    ];

    /// The status of the close frame (RFC 6455, 7.4.1, and the IANA registry it sets up).
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidToken | Self::TokenExpired | Self::TokenRevoked => 1008,
            Self::TooSlow | Self::TooMany => 1013,
            Self::Stopping => 1001,
        }
    }

    /// The reason of the close frame.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidToken => "invalid_token",
            Self::TokenExpired => "token_expired",
            Self::TokenRevoked => "token_revoked",
            Self::TooSlow => "too_slow",
            Self::TooMany => "too_many",
            Self::Stopping => "stopping",
        }
    }
}

/// What opens one socket, where no header can be set: `GET /ws/{ticket}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Ticket {
    /// The ticket, good for one connection.
    pub ticket: Token,
    /// For how long it is good, in seconds.
    pub expires_in: u64,
}

/// The query of `GET /ws` and `GET /ws/{token}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct StreamQuery {
    /// The last cursor, to go on right behind it; left out, the stream begins now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// The query of `GET /sync`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SyncQuery {
    /// The last cursor, to go on right behind it; left out, the answer comes at once, without frames.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// How long to wait for the first frame.
    pub wait: Wait,
}

/// The answer to `GET /sync`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SyncAnswer {
    /// What happened, at most 100 frames; if there are as many, ask again at once.
    pub frames: Vec<Frame>,
    /// The place behind the last of them.
    pub cursor: Cursor,
}

impl SyncAnswer {
    /// How many frames an answer holds at most.
    pub const MOST: usize = 100;
}

/// How long to wait for something to happen, in seconds: 0 to 30, 0 where nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u64", try_from = "u64")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "number"))]
pub struct Wait(u64);

impl Wait {
    /// The longest wait, in seconds.
    pub const MAX: u64 = 30;

    /// The seconds.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for Wait {
    type Error = Fault;

    fn try_from(seconds: u64) -> Result<Self, Fault> {
        if seconds <= Self::MAX { Ok(Self(seconds)) } else { Err(Fault::Range(0, Self::MAX)) }
    }
}

impl From<Wait> for u64 {
    fn from(wait: Wait) -> Self {
        wait.0
    }
}

impl FromStr for Wait {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        text.parse::<u64>().map_err(|_| Fault::Range(0, Self::MAX))?.try_into()
    }
}

endpoints! {
    /// Opens the stream as a WebSocket; the access token stands in the `Authorization` header.
    OpenStream = "open_stream" Get "/ws", Anyone, ((), StreamQuery) -> Frame, [Forbidden, ValidationFailed];
    /// Opens the stream as a WebSocket; a ticket, or an access token, stands in the path.
    OpenStreamByToken = "open_stream_by_token" Get "/ws/{token}", Anyone,
        ((), StreamQuery) -> Frame, [Forbidden, ValidationFailed];
    /// Makes a ticket, with which a program that cannot set headers opens the stream.
    CreateTicket = "create_stream_ticket" Post "/ws/ticket", Member, ((), ()) -> Ticket, [];
    /// Reads the stream without a socket.
    Sync = "sync" Get "/sync", Member, ((), SyncQuery) -> SyncAnswer, [ValidationFailed];
}

#[cfg(feature = "poem")]
mod schema;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_frame_is_one_flat_object() {
        let id = EventId::new(7).unwrap();
        let frame = Frame { push: Push::EventDeleted { event_id: id }, cursor: "c".into() };
        let json = json!({ "type": "event_deleted", "event_id": 7, "cursor": "c" });
        assert_eq!(serde_json::to_value(&frame).unwrap(), json);
        assert_eq!(serde_json::from_value::<Frame>(json).unwrap(), frame);
        let ready = Frame { push: Push::Ready, cursor: "c".into() };
        assert_eq!(serde_json::to_value(ready).unwrap(), json!({ "type": "ready", "cursor": "c" }));
    }

    #[test]
    fn a_wait_has_an_end() {
        assert_eq!("30".parse::<Wait>().map(Wait::as_secs), Ok(30));
        for bad in ["31", "-1", "1.5", ""] {
            assert_eq!(bad.parse::<Wait>(), Err(Fault::Range(0, 30)), "{bad}");
        }
        assert!(serde_json::from_value::<Wait>(Value::from(31)).is_err());
    }
}
