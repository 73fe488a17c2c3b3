//! What the client decides, without I/O: when to renew tokens, when to try again, how to follow the
//! stream. Time and chance come in as numbers, what is to be done comes out as values; a driver
//! (`crate::driver`) does it. So the same decisions are made on every target, and they are tested
//! under a simulated clock.

pub mod backoff;
pub mod sign_in;
pub mod updates;

/// Milliseconds since 1970 by this device's clock. It may be wrong by hours, and it may jump.
pub type Millis = u64;
