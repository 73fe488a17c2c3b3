//! What `Debug` must not show, whatever is printed in passing.

use std::fmt::Debug;

use guildhall_core::accounts::{Account, Draft};
use guildhall_core::logins::rotation::Rotation;
use guildhall_core::logins::{NewLogin, Seen};
use guildhall_core::mail::{self, Kind};
use guildhall_core::openapi::accounts::{NewUser, ProfilePatch, UserPatch};
use guildhall_core::openapi::logins::{PasswordChange, PasswordGrant, Refresh, TokenType};
use guildhall_core::openapi::stream::Ticket;
use guildhall_core::openapi::{Credentials, Language, Role, Tokens, UserId};
use guildhall_core::passwords::Verdict;
use guildhall_core::tokens::{KeyPair, PairAlgorithm, PublicKey};

use crate::house::{House, PASSWORD, START, new_account};

/// What stands in every secret field here.
const SECRET: &str = "hunter2-hunter2-hunter2";

fn shows_none(value: &impl Debug) {
    for text in [format!("{value:?}"), format!("{value:#?}")] {
        for secret in [SECRET, PASSWORD, "$argon2", "PRIVATE KEY"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
fn what_comes_and_goes_shows_no_secret() {
    shows_none(&Credentials { email: "alice".into(), password: SECRET.into() });
    shows_none(&PasswordGrant { username: "alice".into(), password: SECRET.into() });
    shows_none(&PasswordChange { current_password: SECRET.into(), new_password: SECRET.into() });
    shows_none(&Refresh { refresh_token: SECRET.into() });
    shows_none(&Ticket { ticket: SECRET.into(), expires_in: 30 });
    shows_none(&Tokens {
        access_token: SECRET.into(),
        token_type: TokenType::Bearer,
        expires_in: 1800,
        refresh_token: SECRET.into(),
    });
    shows_none(&new_account("alice"));
    shows_none(&NewUser::from(new_account("alice")));
    shows_none(&ProfilePatch { current_password: Some(SECRET.into()), ..ProfilePatch::default() });
    shows_none(&UserPatch {
        password: Some(SECRET.into()),
        current_password: Some(SECRET.into()),
        ..UserPatch::default()
    });
}

#[tokio::test]
async fn what_is_stored_shows_no_secret() {
    let house = House::new().await;
    let user = house.member("alice").await;
    shows_none(&house.stored(user.id).await);
    shows_none(&Account { user, password_hash: SECRET.into() });
    let verification =
        mail::Draft::new(Kind::VerifyEmail, "alice@example.org".into(), Language::English, START);
    shows_none(&Draft {
        username: "alice".into(),
        email: "alice@example.org".into(),
        full_name: None,
        role: Role::User,
        disabled: false,
        group: None,
        password_hash: SECRET.into(),
        created_at: START,
        verification: mail::Draft { nonce: SECRET.into(), ..verification.clone() },
    });
    shows_none(&mail::Draft { nonce: SECRET.into(), ..verification.clone() });
    let mail::Draft { kind, email, language, expires_at, .. } = verification;
    shows_none(&mail::Stored {
        id: 1,
        user: None,
        kind,
        email,
        language,
        nonce: SECRET.into(),
        expires_at,
        tries: 0,
    });
    let letter = |to: &str, text: &str| mail::Letter {
        id: "1".into(),
        to: to.into(),
        subject: "A new password".into(),
        language: "en",
        text: text.into(),
        html: text.into(),
    };
    shows_none(&letter("alice@example.org", SECRET));
    let rotation = Rotation::new(SECRET.into());
    shows_none(&rotation);
    shows_none(&Seen { rotation, now: START, ip: None, user_agent: None });
    shows_none(&NewLogin {
        user: UserId::FIRST,
        verified_hash: SECRET.into(),
        better_hash: Some(SECRET.into()),
        seed: SECRET.into(),
        now: START,
        idle_since: START,
        ip: None,
        user_agent: None,
    });
    shows_none(&Verdict::Upgrade(SECRET.into()));
    shows_none(&house.caller("alice").await);
    shows_none(&house.log_in("alice", PASSWORD).await);
}

#[test]
fn keys_show_their_public_halves_alone() {
    let pem = include_str!("../../src/tokens/fixtures/ed25519.pem");
    let body = pem.lines().nth(1).unwrap();
    let pair = KeyPair::from_pem(PairAlgorithm::EdDsa, pem.as_bytes()).unwrap();
    let public = PublicKey::from_pem(PairAlgorithm::EdDsa, pem.as_bytes()).unwrap();
    for text in [format!("{pair:?}"), format!("{public:?}")] {
        assert!(text.contains("Ed25519") && !text.contains(body), "{text}");
    }
    // PKCS#8 of an Ed25519 key is 16 bytes and the key (RFC 8410, 7).
    let seed = base64_of(body)[16..].to_vec();
    assert!(!format!("{pair:?}").contains(&format!("{:?}", &seed[..4])));
}

fn base64_of(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}
