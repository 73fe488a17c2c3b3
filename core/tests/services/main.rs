//! The services on SQLite in memory, with a clock that the tests set and cheap passwords.

mod accounts;
mod guesses;
mod house;
mod logins;
mod presence;
