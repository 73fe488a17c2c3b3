//! Several programs on one database, and one that is killed.

mod delivery;
mod fleet;
mod news;
mod rolling;
mod stop;

use fleet::{Addresses, Fleet, on_each_fleet};
