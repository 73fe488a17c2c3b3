//! The client, in what it does beyond single calls: it stays signed in, follows the stream, asks
//! again.

mod drops;
mod in_process;
mod lists;
mod lost_answers;
mod renewal;
mod restart;
mod shared_store;
mod sign_out;
mod wire;
