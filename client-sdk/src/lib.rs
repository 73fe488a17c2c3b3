//! The typed client of Guildhall: every call of a server, signing in once and staying signed in, and
//! the realtime stream without gaps; natively, in web pages written in Rust, and in process.
//!
//! ```no_run
//! use futures_util::StreamExt as _;
//! use guildhall_client::contract::{ErrorCode, NewMessage, Push, UserId};
//! use guildhall_client::{Client, Error, FileStore};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder("https://guildhall.example.org")
//!     .token_store(FileStore::new("login.json"))
//!     .build()?;
//! if !client.auth().is_signed_in() {
//!     match client.auth().sign_in("ada", "plum-orbit-velvet").await {
//!         Err(Error::Api { code: ErrorCode::InvalidCredentials, .. }) => println!("Wrong."),
//!         other => other?,
//!     }
//! }
//! let mut stream = client.stream();
//! while let Some(frame) = stream.next().await {
//!     if let Push::NewMessage { message } = frame.push {
//!         println!("{}: {}", message.sender_id, &*message.content);
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! | module | what is in it |
//! |---|---|
//! | [`Client`], [`Auth`] and one handle an aggregate ([`Messages`], [`Events`], …) | the calls |
//! | [`List`], [`Frames`] | lists, page by page or row by row; the stream |
//! | [`transport`], [`store`] | what carries calls, and where logins are kept; both can be one's own |
//! | [`driver`], [`engine`] | how it works, for bindings to other languages |
//!
//! The features: `tls` (on by default) for `https` URLs; `in-process` for `transport::InProcess`.
//! Natively the client runs on tokio.

#![deny(missing_docs)]

pub mod calls;
pub mod driver;
pub mod engine;
pub mod store;
pub mod transport;

mod auth;
mod call;
mod client;
mod error;
mod frames;
mod host;
mod list;
#[cfg(target_arch = "wasm32")]
mod page;

pub use auth::{Auth, SignInState};
pub use call::Call;
pub use calls::{Accounts, Audit, Events, Groups, Logins, Messages, Recovery, Sessions};
pub use client::{Client, ClientBuilder};
pub use driver::{Change, Connection, End, SavedLogin, Signal};
pub use error::{DecodeError, Error, TransportError};
pub use frames::Frames;
pub use guildhall_openapi as contract;
pub use list::{List, Page};
#[cfg(not(target_arch = "wasm32"))]
pub use store::FileStore;
#[cfg(target_arch = "wasm32")]
pub use store::LocalStore;
pub use store::{MemoryStore, TokenStore};
pub use transport::Transport;
