//! What the tests share.

pub(crate) mod api;
pub(crate) mod checked;
pub(crate) mod haproxy;
pub(crate) mod listener;
pub(crate) mod mail;
pub(crate) mod nats;
pub(crate) mod program;
pub(crate) mod proxy;
pub(crate) mod reply;
pub(crate) mod schema;
pub(crate) mod socket;
pub(crate) mod world;

pub(crate) use api::{Api, Refused, filled};
pub(crate) use checked::Checked;
pub(crate) use haproxy::Haproxy;
pub(crate) use listener::Listener;
pub(crate) use mail::{Mail, MailServer, Page};
pub(crate) use program::{Ended, Folder, Running};
pub(crate) use proxy::Proxy;
pub(crate) use reply::Reply;
pub(crate) use schema::Document;
pub(crate) use socket::Socket;
pub(crate) use world::{Another, Database, KEY, PASSWORD, World, account, credentials, on_both};
