//! Where a database is, from its URL.

use std::path::PathBuf;

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In this process's memory, gone with it.
    Memory,
    /// In this file.
    File(PathBuf),
}

impl Location {
    /// Reads a URL as SQLAlchemy does: `sqlite://name.db` and `sqlite:///name.db` are relative to
    /// the working directory, `sqlite:////name.db` is absolute, `sqlite://` and
    /// `sqlite::memory:` are in memory. `None` where it is no SQLite URL.
    #[must_use]
    pub fn from_url(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("sqlite:")?;
        let path = match rest.strip_prefix("//") {
            Some(path) => path.strip_prefix('/').unwrap_or(path),
            None => rest,
        };
        match path {
            "" | ":memory:" => Some(Self::Memory),
            path => Some(Self::File(PathBuf::from(path))),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What the fuzz target `location` says of any text.
        #[test]
        fn any_text_is_taken_by_its_scheme_alone(text in "(sqlite:)?(/{0,4})?.{0,40}") {
            prop_assert_eq!(Location::from_url(&text).is_some(), text.starts_with("sqlite:"));
        }
    }

    #[test]
    fn urls_mean_what_the_seeds_meant() {
        let file = |path: &str| Some(Location::File(path.into()));
        for (url, location) in [
            ("sqlite://guildhall.db", file("guildhall.db")),
            ("sqlite:///./test.db", file("./test.db")),
            ("sqlite:///data/test.db", file("data/test.db")),
            ("sqlite:////var/lib/test.db", file("/var/lib/test.db")),
            ("sqlite:test.db", file("test.db")),
            ("sqlite::memory:", Some(Location::Memory)),
            ("sqlite://", Some(Location::Memory)),
            ("postgresql://localhost/x", None),
        ] {
            assert_eq!(Location::from_url(url), location, "{url}");
        }
    }
}
