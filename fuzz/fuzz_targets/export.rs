//! [`guildhall_core::hostile::export`] on any text.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| guildhall_core::hostile::export(text));
