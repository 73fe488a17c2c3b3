//! What Guildhall does: accounts and sign-in, their rules and permissions, behind plain service
//! calls and in front of a storage trait. No HTTP and no SQL.
//!
//! [`Guildhall`] is the whole of it in one cheaply cloned handle. A program embeds it with a
//! storage of its choice; the server puts HTTP before it.
//!
//! | module | what is in it |
//! |---|---|
//! | [`accounts`], [`groups`], [`logins`], [`sessions`], [`events`], [`messages`] | an aggregate: its service, its rules, its storage traits |
//! | [`recovery`], [`mail`] | forgotten passwords and verified addresses; the mails that carry them, and others |
//! | [`stream`] | what users are told as it happens, and how it travels |
//! | [`audit`] | what was done, by whom and from where |
//! | [`export`] | all that is stored about a person, for them |
//! | [`takeover`] | the people of an application's former back end, read from its database |
//! | [`storage`] | the storage contract, and the recipe for a new aggregate |
//! | [`transfer`] | all that a database holds, out, in, and to another database |
//! | [`caller`] | who is asking, and from where |
//! | [`stats`] | how busy it is at this moment |
//! | [`console`] | what the operator does, who needs no one's leave |
//! | [`guesses`] | how often a password may be tried |
//! | [`idempotency`] | creating calls that may be asked for again |
//! | [`passwords`] | hashing on threads of its own; which passwords are too weak |
//! | [`tokens`] | access tokens and refresh tokens |
//! | [`presence`] | whether an account and a login still stand, from a cache that this process never lets go stale |
//! | [`identity`] | when two names or two addresses are the same |
//! | [`clock`], [`error`], [`guildhall`] | the time; what goes wrong; settings and assembly |

pub mod accounts;
pub mod audit;
pub mod caller;
pub mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod console;
pub mod error;
pub mod events;
pub mod export;
pub mod groups;
pub mod guesses;
pub mod guildhall;
#[cfg(any(test, feature = "fuzzing"))]
pub mod hostile;
pub mod idempotency;
pub mod identity;
pub mod logins;
pub mod mail;
pub mod messages;
pub mod passwords;
pub mod presence;
pub mod recovery;
pub mod sessions;
pub mod stats;
pub mod storage;
pub mod stream;
pub mod takeover;
pub mod tokens;
pub mod transfer;

pub use caller::{Caller, Origin};
pub use error::{Error, Result};
pub use guildhall::{Directory, Guildhall, Policy, Registration};
pub use guildhall_openapi as openapi;
