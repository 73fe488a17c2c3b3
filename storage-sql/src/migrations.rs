//! Which migrations a database still wants, by what it says it has.

use guildhall_core::storage::StorageError;
use guildhall_core::transfer::Table;

/// A migration, of the program's or of the database's.
pub struct Migration<'a> {
    /// Its number.
    pub version: i64,
    /// What it is about; nothing where the database does not keep that.
    pub name: &'a str,
    /// The checksum of its text.
    pub checksum: &'a [u8],
}

/// The program's migrations that the database has not, in order. A `namesake` is a table that the database has under a
/// name of ours, seen before the migrations that are `applied` were read: others may make both meanwhile.
///
/// # Errors
/// [`StorageError::Corrupt`] where the database is another application's, has a migration that the program has not, or
/// another of the same number.
pub fn pending<'a>(
    ours: &[Migration<'a>],
    applied: &[Migration<'_>],
    namesake: Option<Table>,
) -> Result<Vec<String>, StorageError> {
    let is_ours = |there: &Migration<'_>| {
        ours.iter().any(|our| (our.version, our.checksum) == (there.version, there.checksum))
    };
    if !applied.is_empty() && !applied.iter().any(is_ours) {
        return Err(strange("migrations"));
    }
    if let Some(table) = namesake.filter(|_| applied.is_empty()) {
        return Err(strange(&format!("a table {}", table.name())));
    }
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

fn strange(what: &str) -> StorageError {
    let advice = "name a database, or a schema, that is empty or Guildhall's";
    StorageError::Corrupt(format!("{what} of another application; {advice}").into())
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
        let of = |applied: &[(i64, &'static [u8])]| pending(&ours, &migrations(applied), None);
        assert_eq!(of(&[]).unwrap(), ["0001 x", "0002 x"]);
        assert_eq!(of(&[(1, b"a")]).unwrap(), ["0002 x"]);
        assert!(of(&[(1, b"a"), (2, b"b")]).unwrap().is_empty());
        let refuses = |applied: &[(i64, &'static [u8])], why: &str| {
            let refused = of(applied).unwrap_err();
            assert!(matches!(refused, StorageError::Corrupt(_)), "{refused}");
            assert!(refused.to_string().contains(why), "{why}: {refused}");
        };
        refuses(&[(1, b"a"), (2, b"z")], "migration 2 was changed");
        refuses(&[(1, b"a"), (2, b"b"), (3, b"c")], "migration 3 is of a newer program");
        refuses(&[(1, b"z")], "migrations of another application");
        refuses(&[(20_260_101, b"a")], "migrations of another application");
    }

    #[test]
    fn a_table_of_ours_without_a_migration_of_ours_is_another_applications() {
        let ours = migrations(&[(1, b"a"), (2, b"b")]);
        let of = |applied: &[_]| pending(&ours, &migrations(applied), Some(Table::Users));
        let refused = of(&[]).unwrap_err().to_string();
        assert!(refused.contains("a table users of another application"), "{refused}");
        assert_eq!(of(&[(1, b"a")]).unwrap(), ["0002 x"]);
    }
}
