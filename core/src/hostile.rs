//! What no text may do to the parsers that anyone can reach, as plain functions: each panics where its
//! rule is broken. The fuzz targets in `fuzz/` call them, and so do the property tests below.

use guildhall_openapi::accounts::{NewAccount, UserPatch};
use guildhall_openapi::messages::NewMessage;
use guildhall_openapi::text::{Email, Username};
use guildhall_openapi::{Credentials, EventPatch, Frame, Language, NewEvent, Timestamp, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::identity;
use crate::mail::secret::{ShownToken, TypedCode};
use crate::mail::{Kind, Stored};
use crate::passwords::is_weak;
use crate::stream::cursor::Mark;
use crate::stream::ticket;
use crate::tokens::{ShownRefresh, Signing, TokenKeys};
use crate::transfer::Row;
use crate::transfer::file::File;

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn keys() -> TokenKeys {
    TokenKeys::new(b"a key that no text can be made with", Signing::Hs256)
        .with_previous(b"the key before that, which no text is")
}

/// No text is an access token; claims of any form, even if we signed them, do no harm.
pub fn access_token(text: &str) {
    let keys = keys();
    assert_eq!(keys.read_access(text, NOW), None);
    if let Some(access) = keys.read_access(&keys.signed(text), NOW) {
        assert!(access.is_in_time(NOW));
    }
}

/// No text is a refresh token, and one that has the form of one keeps it.
pub fn refresh_token(text: &str) {
    let Some(shown) = ShownRefresh::read(text) else { return };
    assert!(!shown.is_genuine(&keys(), "seed"));
    let again = ShownRefresh::read(&shown.to_text()).map(|again| again.to_text());
    assert_eq!(again, Some(shown.to_text()));
}

/// No text is a ticket; what a ticket of ours could say of any form does no harm.
pub fn ticket(text: &str) {
    let keys = keys();
    assert!(ticket::read(&keys, text, NOW).is_none());
    if let Some(shown) = ticket::read(&keys, &ticket::signed(&keys, text), NOW) {
        assert!(shown.until > NOW);
    }
}

/// No text is a mail's token or code.
pub fn mail_proof(text: &str) {
    let mail = Stored {
        id: 7,
        user: Some(UserId::FIRST),
        kind: Kind::ResetPassword,
        email: "alice@example.org".into(),
        language: Language::English,
        nonce: "nonce".to_owned(),
        expires_at: NOW,
        tries: 1,
    };
    assert!(ShownToken::read(text).is_none_or(|shown| !shown.is_of(&mail, &keys())));
    assert!(!TypedCode::read(text).is_of(&mail, &keys()));
}

/// A cursor that is taken is written as it was read.
pub fn cursor(text: &str) {
    let mark = Mark::named("m");
    if let Some(place) = mark.read(text) {
        assert_eq!(mark.read(&mark.write(place)), Some(place), "{text}");
    }
}

/// A time that is taken is the same when it comes back.
pub fn timestamp(text: &str) {
    if let Ok(time) = text.parse::<Timestamp>() {
        assert_eq!(time.to_string().parse(), Ok(time), "{text}");
    }
    if let Ok(id) = text.parse::<UserId>() {
        assert_eq!(id.to_string().parse(), Ok(id), "{text}");
    }
}

/// A name is found again under its own key, and an address that is taken stays the same account's when
/// it is folded once more.
pub fn name(text: &str) {
    let folded = identity::fold(text);
    assert_eq!(identity::fold(&folded), folded, "{text:?}");
    if let Ok(email) = identity::email(&Email::from(text)) {
        let key = identity::email_key(&email);
        assert_eq!(identity::email_key(&key), key, "{text:?}");
        assert!(key.is_ascii(), "{text:?}");
    }
    if let Ok(username) = identity::username(&Username::from(text)) {
        assert!(identity::username_key(&username).is_ascii(), "{text:?}");
    }
    // What is signed in with, of any form.
    drop((identity::email_key(text), identity::username_key(text)));
}

/// Whether a password is weak can be said of any text.
pub fn password(text: &str) {
    is_weak(text, &["alice".to_owned(), text.chars().rev().collect()]);
}

/// A body that is taken is the same when it is sent on.
pub fn body(text: &str) {
    comes_back::<Credentials>(text);
    comes_back::<NewAccount>(text);
    comes_back::<UserPatch>(text);
    comes_back::<NewEvent>(text);
    comes_back::<EventPatch>(text);
    comes_back::<NewMessage>(text);
    comes_back::<Frame>(text);
}

/// A line of an export that is a row is the same when it is written again; all others are refused.
pub fn export(text: &str) {
    comes_back::<Row>(text);
    let file = format!(
        "{}\n{text}\n",
        r#"{"guildhall":"export","format":1,"version":"","at":"2026-01-31T12:00:00Z"}"#
    );
    for file in [text, &file] {
        let Ok(mut file) = File::open(file.as_bytes()) else { continue };
        let mut rows = 0;
        while let Ok(Some(batch)) = file.batch() {
            rows += batch.rows.len();
        }
        assert!(rows <= text.lines().count(), "{text}");
    }
}

fn comes_back<T: DeserializeOwned + Serialize>(text: &str) {
    let Ok(read) = serde_json::from_str::<T>(text) else { return };
    let written = serde_json::to_value(&read).ok();
    let again = written.clone().and_then(|value| serde_json::from_value::<T>(value).ok());
    let again = again.and_then(|again| serde_json::to_value(again).ok());
    assert_eq!(again, written, "{text}");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Texts that look like what is read, and texts that do not.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![
            ".{0,64}",
            "g[cmrt]1(\\.[+-]?[0-9a-f]{0,20}){0,6}(\\.[A-Za-z0-9_-]{0,44})?",
            "gc1\\.-?[0-9a-f]{1,17}\\.\\+?[0-9a-f]{1,17}\\.m",
            "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]{0,12})?(Z|[+-][0-9]{2}:[0-9]{2})?",
            "[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,43}",
            "\\PC{1,20}@\\PC{1,20}\\.[a-z]{2,3}",
            "\\{\"(sub|email|title|type|id)\": ?(\"[^\"\\\\]{0,20}\"|-?[0-9]{1,20}|null)\\}",
            "\\{\"table\":\"(groups|logs|ids|end)\",\"row\":\\{(\"(id|log|number|name|last)\":(-?[0-9]{1,20}|\"[a-z]{0,8}\"),?){0,4}\\}\\}\n?",
            "\\{\"sub\":\"[0-9]{1,20}\",\"login\":-?[0-9]{1,19},\"jti\":\"\",\"iat\":-?[0-9]{1,20},\"exp\":-?[0-9]{1,20}\\}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn no_text_does_any_harm(text in texts()) {
            access_token(&text);
            refresh_token(&text);
            ticket(&text);
            mail_proof(&text);
            cursor(&text);
            timestamp(&text);
            name(&text);
            body(&text);
            export(&text);
        }

        #[test]
        fn times_come_back(micros in any::<i64>()) {
            timestamp(&Timestamp::from_micros(micros).to_string());
        }
    }

    proptest! {
        // Each takes milliseconds.
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_password_can_be_judged(text in texts()) {
            password(&text);
        }
    }
}
