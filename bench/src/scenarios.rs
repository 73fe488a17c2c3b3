//! The scenarios, a file each: its options, and a `run` that gives a report.

pub(crate) mod growth;
pub(crate) mod guessing_time;
pub(crate) mod kill;
pub(crate) mod logins_beside_me;
pub(crate) mod messages;
pub(crate) mod pages;
pub(crate) mod requests;
pub(crate) mod sockets;
pub(crate) mod start;
pub(crate) mod storm;
pub(crate) mod writers;
