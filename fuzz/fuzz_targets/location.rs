//! `DATABASE_URL` as SQLite's storage reads it, of any text.
#![no_main]

use guildhall_storage_sqlite::Location;

libfuzzer_sys::fuzz_target!(|text: &str| {
    assert_eq!(Location::from_url(text).is_some(), text.starts_with("sqlite:"));
});
