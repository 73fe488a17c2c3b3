//! The contract between a Guildhall server and everyone who calls it.
//!
//! What stands here stands here once: the wire types, the limits on their fields, the closed list
//! of error codes with their texts, and the table of endpoints. The server answers with these
//! types, the core returns them, the client decodes them; none has a copy.
//!
//! Without features the crate does no I/O and builds for `wasm32-unknown-unknown`. The feature
//! `poem` adds the poem-openapi derives from which the server generates `openapi.json`. The feature
//! `typescript` adds those from which `cargo xtask typescript` declares the wire types for the npm
//! package, in the module `typescript`, and the signatures of the endpoints with them.
//!
//! | module | what is in it |
//! |---|---|
//! | [`accounts`], [`groups`], [`logins`], [`recovery`], [`sessions`], [`events`], [`messages`] | the wire types and endpoints of an aggregate |
//! | [`keys`] | the public keys of access tokens |
//! | [`audit`] | what was done, by whom and from where |
//! | [`export`] | all that is stored about a person |
//! | [`stream`] | the frames of the realtime stream, and the ways to it |
//! | [`endpoint`] | what an endpoint is, and the table of all of them |
//! | [`error`] | error codes, problem documents, what can be wrong with a field |
//! | [`text`] | text fields with their limits |
//! | [`ids`], [`time`], [`page`], [`change`] | ids, timestamps, paging, fields that can be cleared |

pub mod accounts;
pub mod audit;
pub mod change;
pub mod endpoint;
pub mod error;
pub mod events;
pub mod export;
pub mod groups;
pub mod ids;
pub mod keys;
pub mod logins;
pub mod messages;
pub mod page;
pub mod recovery;
#[cfg(feature = "poem")]
mod schema;
pub mod sessions;
pub mod stream;
pub mod text;
pub mod time;
#[cfg(feature = "typescript")]
pub mod typescript;
mod variants;

pub use accounts::{Member, NewAccount, NewUser, Role, User, UserView};
pub use audit::{AuditAction, AuditActor, AuditDetail, AuditEntry};
pub use change::Change;
pub use endpoint::{Access, Endpoint, Method, Operation, operations};
pub use error::{ErrorCode, Fault, FieldError, Language, Problem};
pub use events::{Event, EventPatch, NewEvent};
pub use export::{Export, KnownAddress};
pub use groups::{Group, NewGroup};
pub use ids::{AuditId, EventId, GroupId, LoginId, MessageId, SessionId, UserId};
pub use logins::{Credentials, Login, Tokens};
pub use messages::{Conversation, Correspondent, Message, NewMessage};
pub use sessions::{NewSession, Session, SessionState, SessionUser};
pub use stream::{CloseReason, Frame, Push};
pub use time::Timestamp;

/// The OpenAPI document of this version, as `guildhall openapi` prints it and `GET /openapi.json` answers it. Both make
/// it of the routes; a test of the server fails when these bytes are stale.
pub const DOCUMENT: &str = include_str!("../openapi.json");
