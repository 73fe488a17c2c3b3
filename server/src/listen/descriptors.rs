//! How many connections the system lets the program have.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Takes as many file descriptors as the system grants (the hard limit of `RLIMIT_NOFILE`; what a shell hands on is often
/// a soft one of 1,024), and says how many of them connections may have. A quarter remains for the database, files
/// that are served, and all else.
pub(crate) fn for_connections() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let most = if raised.is_ok() { maximum } else { current };
    let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    most - most / 4
}
