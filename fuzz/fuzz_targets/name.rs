//! [`guildhall_core::hostile::name`] on any text.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| guildhall_core::hostile::name(text));
