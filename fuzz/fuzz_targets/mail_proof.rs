//! [`guildhall_core::hostile::mail_proof`] on any text.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| guildhall_core::hostile::mail_proof(text));
