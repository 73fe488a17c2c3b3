//! Which migrations a database still wants, by what it says it has.

use guildhall_core::storage::StorageError;

/// A migration, of the program's or of the database's.
pub struct Migration<'a> {
    /// Its number.
    pub version: i64,
    /// What it is about; nothing where the database does not keep that.
    pub name: &'a str,
    /// The checksum of its text.
    pub checksum: &'a [u8],
}

/// The program's migrations that the database has not, in order.
///
/// # Errors
/// [`StorageError::Corrupt`] where the database has one that the program has not, or another of the
/// same number.
pub fn pending<'a>(
    ours: &[Migration<'a>],
    applied: &[Migration<'_>],
) -> Result<Vec<String>, StorageError> {
    for there in applied {
        let corrupt = match ours.iter().find(|our| our.version == there.version) {
            None => "is of a newer program",
            Some(our) if our.checksum != there.checksum => "was changed after it was applied",
            Some(_) => continue,
        };
        return Err(StorageError::Corrupt(format!("migration {} {corrupt}", there.version).into()));
    }
    let is_there = |our: &&Migration<'_>| applied.iter().any(|there| there.version == our.version);
    let pending = ours.iter().filter(|our| !is_there(our));
    Ok(pending.map(|our| format!("{:04} {}", our.version, our.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migrations(all: &[(i64, &'static [u8])]) -> Vec<Migration<'static>> {
        all.iter()
            .map(|(version, checksum)| Migration { version: *version, name: "x", checksum })
            .collect()
    }

    #[test]
    fn what_is_missing_is_named_and_what_is_strange_refused() {
        let ours = migrations(&[(1, b"a"), (2, b"b")]);
        let of = |applied: &[(i64, &'static [u8])]| pending(&ours, &migrations(applied));
        assert_eq!(of(&[]).unwrap(), ["0001 x", "0002 x"]);
        assert_eq!(of(&[(1, b"a")]).unwrap(), ["0002 x"]);
        assert!(of(&[(1, b"a"), (2, b"b")]).unwrap().is_empty());
        assert!(matches!(of(&[(1, b"z")]), Err(StorageError::Corrupt(_))));
        assert!(matches!(of(&[(1, b"a"), (2, b"b"), (3, b"c")]), Err(StorageError::Corrupt(_))));
    }
}
