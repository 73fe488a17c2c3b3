//! Forgotten passwords and verified addresses.

use std::sync::Arc;

use guildhall_core::openapi::accounts::{ProfilePatch, UserPatch};
use guildhall_core::openapi::logins::PasswordChange;
use guildhall_core::openapi::recovery::{EmailVerification, MailRequest, PasswordReset};
use guildhall_core::openapi::{AuditAction, Credentials, ErrorCode, Fault, UserId};
use guildhall_core::{Origin, Result};
use tokio::join;

use crate::house::{House, OTHER_PASSWORD, PASSWORD, code, faults};
use crate::outbox::Postbox;

const ADDRESS: &str = "alice@example.org";

/// A house with a person and a postbox that is empty.
async fn begin() -> (House, Arc<Postbox>, UserId) {
    let (house, post) = (House::new().await, Arc::new(Postbox::default()));
    let alice = house.member("alice").await.id;
    post.fetch(&house).await;
    (house, post, alice)
}

/// What a mail carries.
#[derive(Clone)]
pub(crate) struct Proof {
    token: String,
    code: String,
}

async fn ask(house: &House, email: &str) {
    let request = MailRequest { email: email.into() };
    house.recovery().forgot_password(&request).await.unwrap();
}

/// The token and the code of the one letter that has come.
pub(crate) async fn proof(house: &House, post: &Arc<Postbox>) -> Proof {
    let [letter] = post.fetch(house).await.try_into().unwrap();
    let (_, rest) = letter.text.split_once("?token=").unwrap();
    let token = rest.lines().next().unwrap().to_owned();
    let (_, rest) = letter.text.split_once("code: ").unwrap();
    let code = rest.lines().next().unwrap().to_owned();
    assert!(letter.html.contains(&token) && letter.html.contains(&code), "{}", letter.html);
    Proof { token, code }
}

async fn asked(house: &House, post: &Arc<Postbox>) -> Proof {
    ask(house, ADDRESS).await;
    proof(house, post).await
}

pub(crate) fn by_token(proof: &Proof, password: &str) -> PasswordReset {
    let token = Some(proof.token.as_str().into());
    PasswordReset { token, email: None, code: None, password: password.into() }
}

fn by_code(email: &str, code: &str, password: &str) -> PasswordReset {
    let (email, code) = (Some(email.into()), Some(code.into()));
    PasswordReset { token: None, email, code, password: password.into() }
}

async fn reset(house: &House, reset: &PasswordReset) -> Option<ErrorCode> {
    code(&house.recovery().reset_password(reset, &Origin::default()).await)
}

const INVALID: Option<ErrorCode> = Some(ErrorCode::InvalidToken);

#[tokio::test]
async fn a_new_password_ends_the_old_one_all_logins_and_the_token() {
    for with_code in [false, true] {
        let (house, post, _) = begin().await;
        let tokens = house.sign_in("alice").await;
        let older = asked(&house, &post).await;
        let proof = asked(&house, &post).await;
        let body = if with_code {
            by_code("ALICE@Example.org", &proof.code.to_lowercase(), OTHER_PASSWORD)
        } else {
            by_token(&proof, OTHER_PASSWORD)
        };
        assert_eq!(reset(&house, &body).await, None);
        assert_eq!(reset(&house, &body).await, INVALID, "it works once");
        assert_eq!(reset(&house, &by_token(&older, PASSWORD)).await, INVALID, "older ones end");
        let gone = house.authenticate(&tokens).await.map(drop);
        assert_eq!(code(&gone), Some(ErrorCode::NotAuthenticated));
        let old = house.log_in("alice", PASSWORD).await;
        assert_eq!(code(&old), Some(ErrorCode::InvalidCredentials));
        house.log_in("alice", OTHER_PASSWORD).await.unwrap();
        let [told] = post.fetch(&house).await.try_into().unwrap();
        assert_eq!(told.subject, "The password of your account was changed");
    }
}

#[tokio::test]
async fn a_token_is_good_for_an_hour() {
    let (house, post, _) = begin().await;
    let (first, second) = (asked(&house, &post).await, asked(&house, &post).await);
    house.wait(3599);
    assert_eq!(reset(&house, &by_token(&first, OTHER_PASSWORD)).await, None);
    let (house, post) = (House::new().await, post);
    house.member("alice").await;
    post.fetch(&house).await;
    let own = asked(&house, &post).await;
    house.wait(3600);
    for proof in [&own, &second] {
        assert_eq!(reset(&house, &by_token(proof, OTHER_PASSWORD)).await, INVALID);
        assert_eq!(reset(&house, &by_code(ADDRESS, &proof.code, OTHER_PASSWORD)).await, INVALID);
    }
}

#[tokio::test]
async fn a_refused_password_uses_nothing_up() {
    let (house, post, _) = begin().await;
    let proof = asked(&house, &post).await;
    for weak in ["password", ADDRESS, "short"] {
        for _ in 0..6 {
            let refused = house
                .recovery()
                .reset_password(&by_code(ADDRESS, &proof.code, weak), &Origin::default())
                .await;
            let [(field, _)] = faults(refused).try_into().unwrap();
            assert_eq!(field, "password");
        }
    }
    assert_eq!(reset(&house, &by_token(&proof, "password")).await, Some(ErrorCode::WeakPassword));
    assert_eq!(reset(&house, &by_code(ADDRESS, &proof.code, OTHER_PASSWORD)).await, None);
}

#[tokio::test]
async fn one_of_two_at_once_sets_the_password() {
    let (house, post, _) = begin().await;
    let proof = asked(&house, &post).await;
    let (one, other) = (by_token(&proof, OTHER_PASSWORD), by_token(&proof, "maple-crater-violin"));
    let (one, other) = join!(reset(&house, &one), reset(&house, &other));
    assert!([(None, INVALID), (INVALID, None)].contains(&(one, other)), "{one:?} {other:?}");
}

#[tokio::test]
async fn a_code_is_guessed_ten_times_and_the_link_still_works() {
    let (house, post, _) = begin().await;
    let proof = asked(&house, &post).await;
    for _ in 0..10 {
        assert_eq!(reset(&house, &by_code(ADDRESS, "0000-0000", OTHER_PASSWORD)).await, INVALID);
    }
    assert_eq!(reset(&house, &by_code(ADDRESS, &proof.code, OTHER_PASSWORD)).await, INVALID);
    assert_eq!(reset(&house, &by_token(&proof, OTHER_PASSWORD)).await, None);
    post.fetch(&house).await;

    let again = asked(&house, &post).await;
    for _ in 0..9 {
        reset(&house, &by_code(ADDRESS, "0000-0000", PASSWORD)).await;
    }
    assert_eq!(reset(&house, &by_code("bob@example.org", &again.code, PASSWORD)).await, INVALID);
    assert_eq!(reset(&house, &by_code(ADDRESS, &again.code, PASSWORD)).await, None);
}

#[tokio::test]
async fn forged_and_foreign_tokens_are_refused() {
    let (house, post, _) = begin().await;
    let proof = asked(&house, &post).await;
    let verify = MailRequest { email: ADDRESS.into() };
    house.recovery().request_verification(&verify).await.unwrap();
    let other_kind = self::proof(&house, &post).await;
    let (head, mac) = proof.token.rsplit_once('.').unwrap();
    let forged = if mac.starts_with('A') { "B" } else { "A" };
    for token in [
        String::new() + head,
        format!("{head}.{forged}{}", &mac[1..]),
        format!("gm1.999.{mac}"),
        other_kind.token.clone(),
        "é".into(),
        "x".repeat(2000),
    ] {
        let shown = Proof { token, ..proof.clone() };
        assert_eq!(reset(&house, &by_token(&shown, OTHER_PASSWORD)).await, INVALID);
    }
    assert_eq!(reset(&house, &by_code(ADDRESS, &other_kind.code, OTHER_PASSWORD)).await, INVALID);
    assert_eq!(reset(&house, &by_token(&proof, OTHER_PASSWORD)).await, None);
}

#[tokio::test]
async fn an_account_that_is_gone_shut_or_elsewhere_gets_no_new_password() {
    let (house, post, alice) = begin().await;
    house.admin("root").await;
    let root = house.caller("root").await;
    post.fetch(&house).await;
    let update = async |patch| house.accounts().update(&root, alice, patch).await.unwrap();
    let shut = |disabled| UserPatch { disabled: Some(disabled), ..UserPatch::default() };
    let proof = asked(&house, &post).await;
    let try_it = by_token(&proof, OTHER_PASSWORD);
    update(shut(true)).await;
    assert_eq!(reset(&house, &try_it).await, INVALID);
    assert_eq!(reset(&house, &by_code(ADDRESS, &proof.code, OTHER_PASSWORD)).await, INVALID);
    update(shut(false)).await;
    let moved = |email: &str| UserPatch { email: Some(email.into()), ..UserPatch::default() };
    update(moved("new@example.org")).await;
    assert_eq!(reset(&house, &try_it).await, INVALID);
    update(moved(ADDRESS)).await;
    assert_eq!(reset(&house, &try_it).await, INVALID, "a change ends it for good");
    post.fetch(&house).await;
    let proof = asked(&house, &post).await;
    house.accounts().delete(&root, alice).await.unwrap();
    assert_eq!(reset(&house, &by_token(&proof, OTHER_PASSWORD)).await, INVALID);
    house.member("alice").await;
    assert_eq!(reset(&house, &by_token(&proof, OTHER_PASSWORD)).await, INVALID, "another account");
}

#[tokio::test]
async fn any_new_password_ends_what_was_asked_for_before() {
    let (house, post, _) = begin().await;
    let proof = asked(&house, &post).await;
    let change =
        PasswordChange { current_password: PASSWORD.into(), new_password: OTHER_PASSWORD.into() };
    let caller = house.caller("alice").await;
    house.logins().change_password(&caller, change).await.unwrap();
    assert_eq!(reset(&house, &by_token(&proof, "maple-crater-violin")).await, INVALID);
}

#[tokio::test]
async fn guesses_held_against_the_account_are_forgotten_everywhere() {
    let (house, post, _) = begin().await;
    let try_from = async |password: &str, ip: &str| {
        let credentials = Credentials { email: "alice".into(), password: password.into() };
        let origin = Origin { ip: Some(ip.parse().unwrap()), user_agent: None };
        code(&house.logins().log_in(&credentials, &origin).await.map(drop))
    };
    for ip in ["192.0.2.1", "198.51.100.1"] {
        for _ in 0..5 {
            try_from("not the password", ip).await;
        }
        assert_eq!(try_from(PASSWORD, ip).await, Some(ErrorCode::TooManyRequests));
    }
    let proof = asked(&house, &post).await;
    assert_eq!(reset(&house, &by_token(&proof, OTHER_PASSWORD)).await, None);
    for ip in ["192.0.2.1", "198.51.100.1"] {
        assert_eq!(try_from(OTHER_PASSWORD, ip).await, None);
    }
}

#[tokio::test]
async fn nobody_is_flooded_and_nobody_is_named() {
    let (house, post, _) = begin().await;
    for _ in 0..5 {
        ask(&house, "Alice@EXAMPLE.org").await;
        ask(&house, "nobody@example.org").await;
    }
    let letters = post.fetch(&house).await;
    // Not to what was typed: a mail server may tell the two apart.
    assert_eq!(letters.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(), [ADDRESS; 3]);
    house.wait(3599);
    ask(&house, ADDRESS).await;
    assert_eq!(post.fetch(&house).await, []);
    house.wait(1);
    ask(&house, ADDRESS).await;
    assert_eq!(post.fetch(&house).await.len(), 1);
    let odd = MailRequest { email: "no address".into() };
    let said = faults(house.recovery().forgot_password(&odd).await);
    assert_eq!(said, [("email".into(), Fault::Email)]);
}

fn shown(token: &str) -> EmailVerification {
    EmailVerification { token: Some(token.into()), ..EmailVerification::default() }
}

#[tokio::test]
async fn an_address_is_verified_by_token_or_code() {
    let (house, post) = (House::new().await, Arc::new(Postbox::default()));
    let alice = house.member("alice").await;
    assert!(!alice.email_verified);
    let first = proof(&house, &post).await;
    let request = MailRequest { email: ADDRESS.into() };
    house.recovery().request_verification(&request).await.unwrap();
    let second = proof(&house, &post).await;
    let (email, code) = (Some(ADDRESS.into()), Some(second.code.as_str().into()));
    let by_code = EmailVerification { token: None, email, code };
    let caller = house.caller("alice").await;
    let verified = house.recovery().verify_email(&by_code, &Origin::default()).await.unwrap();
    assert!(verified.email_verified && verified.id == alice.id);
    house.recovery().verify_email(&by_code, &Origin::default()).await.unwrap_err();
    let older = house.recovery().verify_email(&shown(&first.token), &Origin::default()).await;
    assert_eq!(crate::house::code(&older), INVALID, "it has ended with the other");
    house.recovery().request_verification(&request).await.unwrap();
    assert_eq!(post.fetch(&house).await, [], "there is nothing left to verify");
    let still = house.accounts().get(Some(&caller), alice.id, false).await;
    still.expect("nobody is signed out by it");
}

#[tokio::test]
async fn an_address_is_verified_in_a_day_while_it_is_the_accounts() {
    let (house, post) = (House::new().await, Arc::new(Postbox::default()));
    let alice = house.member("alice").await;
    let late = proof(&house, &post).await;
    let verify = async |proof: &Proof| {
        let done: Result<_> =
            house.recovery().verify_email(&shown(&proof.token), &Origin::default()).await;
        code(&done)
    };
    house.wait(24 * 60 * 60);
    assert_eq!(verify(&late).await, INVALID);
    let request = MailRequest { email: ADDRESS.into() };
    house.recovery().request_verification(&request).await.unwrap();
    let old = proof(&house, &post).await;
    let caller = house.caller("alice").await;
    let patch = ProfilePatch {
        email: Some("new@example.org".into()),
        current_password: Some(PASSWORD.into()),
        ..ProfilePatch::default()
    };
    house.accounts().update_me(&caller, patch).await.unwrap();
    assert_eq!(verify(&old).await, INVALID);
    assert!(!house.stored(alice.id).await.user.email_verified);
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let house = House::new().await;
    let nothing = EmailVerification::default();
    let with_email = EmailVerification { email: Some(ADDRESS.into()), ..nothing.clone() };
    let with_code = EmailVerification { code: Some("K7QF-2M9X".into()), ..nothing.clone() };
    for (given, missing) in [(&nothing, "token"), (&with_email, "code"), (&with_code, "email")] {
        let said = faults(house.recovery().verify_email(given, &Origin::default()).await);
        assert_eq!(said, [(missing.into(), Fault::Missing)]);
    }
}

#[tokio::test]
async fn what_mails_have_led_to_is_noted_with_its_address() {
    let (house, post) = (House::new().await, Arc::new(Postbox::default()));
    let alice = house.member("alice").await.id;
    let origin = Origin { ip: "192.0.2.7".parse().ok(), user_agent: None };
    let verify = shown(&proof(&house, &post).await.token);
    let recovery = house.recovery();
    recovery.verify_email(&verify, &origin).await.unwrap();
    let new = by_token(&asked(&house, &post).await, OTHER_PASSWORD);
    recovery.reset_password(&new, &origin).await.unwrap();
    // Refused, which changes nothing.
    recovery.verify_email(&verify, &origin).await.unwrap_err();
    recovery.reset_password(&new, &origin).await.unwrap_err();
    let entries = crate::audit::entries(&house).await;
    let noted: Vec<_> = entries[1..].iter().map(|entry| entry.action).collect();
    assert_eq!(noted, [AuditAction::EmailVerified, AuditAction::PasswordReset]);
    for entry in &entries[1..] {
        assert_eq!((entry.actor_id, entry.subject_id), (Some(alice), Some(alice)), "{entry:?}");
        assert_eq!(entry.ip.as_deref(), Some("192.0.2.7"));
    }
}
