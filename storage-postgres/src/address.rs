//! Which database a URL means.

use std::path::PathBuf;
use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;

/// Where a database is, however its URL spells that: who connects, by what password and how safely, is no part of it.
/// Another schema, named by the options, is another place. Nothing is looked up, so `localhost` is not `127.0.0.1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    socket: Option<PathBuf>,
    port: u16,
    database: String,
    options: Option<String>,
}

impl Address {
    /// That of a URL; `None` where it cannot be read.
    #[must_use]
    pub fn of(url: &str) -> Option<Self> {
        let options = PgConnectOptions::from_str(url).ok()?;
        let socket = options.get_socket().cloned();
        Some(Self {
            host: if socket.is_some() { String::new() } else { options.get_host().to_lowercase() },
            socket,
            port: options.get_port(),
            // Where none is named PostgreSQL takes that of the user's name.
            database: options.get_database().unwrap_or(options.get_username()).to_owned(),
            options: options.get_options().map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn other_spellings_are_one_place_and_other_places_are_not() {
        let of = |url: &str| Address::of(url).unwrap();
        let one = of("postgresql://alice:secret@db.example/guildhall");
        for same in [
            "postgres://db.example:5432/guildhall",
            "postgresql://bob@DB.example/guildhall?sslmode=require&application_name=x",
            "postgresql://alice@nowhere/?host=db.example&port=5432&dbname=guildhall",
            "postgresql://guildhall@db.example",
        ] {
            assert_eq!(of(same), one, "{same}");
        }
        for other in [
            "postgresql://alice:secret@db.example/other",
            "postgresql://alice:secret@db.example:5433/guildhall",
            "postgresql://alice:secret@other.example/guildhall",
            "postgresql://alice:secret@db.example/guildhall?host=/run/postgresql",
            "postgresql://alice:secret@db.example/guildhall?options=-csearch_path%3Dours",
        ] {
            assert_ne!(of(other), one, "{other}");
        }
        assert_eq!(Address::of("postgresql://db:port/x"), None);
    }
}
