//! What the server does about a hostile net, over real sockets.

mod budgets;
mod connections;
mod cors;
mod headers;
mod limits;
mod proxies;
mod raw;
