//! What the server does about a hostile net, over real sockets.

mod connections;
mod cors;
mod headers;
mod limits;
mod proxies;
mod raw;
