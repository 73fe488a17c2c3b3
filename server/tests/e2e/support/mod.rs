//! What the tests share.

pub(crate) mod api;
pub(crate) mod nats;
pub(crate) mod program;
pub(crate) mod schema;
pub(crate) mod socket;
pub(crate) mod world;

pub(crate) use api::{Api, Reply, filled};
pub(crate) use program::{Folder, Running};
pub(crate) use schema::Document;
pub(crate) use socket::Socket;
pub(crate) use world::{Another, Database, KEY, PASSWORD, World, account, credentials, on_both};
