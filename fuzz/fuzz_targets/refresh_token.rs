//! [`guildhall_core::hostile::refresh_token`] on any text.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| guildhall_core::hostile::refresh_token(text));
