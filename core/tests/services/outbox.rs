//! Mails on their way: who gets which, and what happens while they cannot be sent.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use guildhall_core::mail::{Letter, Links, Mailer, Outbox};
use guildhall_core::openapi::Language;
use guildhall_core::openapi::accounts::{ProfilePatch, UserPatch};
use guildhall_core::openapi::logins::PasswordChange;
use guildhall_core::openapi::recovery::MailRequest;
use guildhall_core::storage::Source;
use guildhall_core::{Guildhall, Origin};
use tokio::sync::Notify;

use crate::house::{House, OTHER_PASSWORD, PASSWORD, START, new_account};

/// What has been sent.
#[derive(Default)]
pub(crate) struct Postbox {
    letters: Mutex<Vec<Letter>>,
    is_away: AtomicBool,
    sent: Notify,
}

#[async_trait]
impl Mailer for Postbox {
    async fn send(&self, letter: &Letter) -> Result<(), Source> {
        if self.is_away.load(Ordering::SeqCst) {
            return Err("nobody answers".into());
        }
        self.letters.lock().unwrap().push(letter.clone());
        self.sent.notify_one();
        Ok(())
    }
}

impl Postbox {
    pub(crate) fn outbox(self: &Arc<Self>) -> Outbox {
        Outbox::new(Arc::clone(self) as _, Links::under("https://guild.example/"))
    }

    /// Sends what is due; the new letters, in the order of their addresses and subjects.
    pub(crate) async fn fetch(self: &Arc<Self>, house: &House) -> Vec<Letter> {
        house.send_due_mails(&self.outbox()).await.unwrap();
        let mut letters = std::mem::take(&mut *self.letters.lock().unwrap());
        letters.sort_by(|a, b| (&a.to, &a.subject).cmp(&(&b.to, &b.subject)));
        letters
    }
}

/// Who got something about what.
fn seen(letters: &[Letter]) -> Vec<(&str, &str)> {
    letters.iter().map(|letter| (letter.to.as_str(), letter.subject.as_str())).collect()
}

const VERIFY: &str = "Is this your email address?";
const EMAIL_CHANGED: &str = "The email address of your account was changed";
const PASSWORD_CHANGED: &str = "The password of your account was changed";

#[tokio::test]
async fn whoever_gets_an_account_gets_a_mail_in_their_language() {
    let (house, post) = (House::new().await, Arc::new(Postbox::default()));
    let french = house.accounts().speaking(Language::French);
    let alice = guildhall_core::openapi::NewAccount {
        email: "alice@bücher.example".into(),
        ..new_account("alice")
    };
    french.register(alice, &Origin::default()).await.unwrap();
    house.admin("root").await;
    let root = house.caller("root").await;
    house.accounts().create(&root, new_account("bob").into(), None).await.unwrap();
    let key = "key".into();
    house.accounts().create(&root, new_account("carol").into(), Some(&key)).await.unwrap();
    house.accounts().register(new_account("alice"), &Origin::default()).await.unwrap_err();
    let letters = post.fetch(&house).await;
    assert_eq!(
        seen(&letters),
        [
            ("alice@xn--bcher-kva.example", "Cette adresse email est-elle la vôtre ?"),
            ("bob@example.org", VERIFY),
            ("carol@example.org", VERIFY),
            ("root@example.org", VERIFY),
        ]
    );
    let [alice, bob, ..] = &letters[..] else { panic!() };
    assert_eq!((alice.language, bob.language), ("fr", "en"));
    assert_ne!(alice.id, bob.id);
    for part in [&alice.text, &alice.html] {
        assert!(part.contains("https://guild.example/auth/pages/verify?token=gm1."), "{part}");
        assert!(part.contains("24 heures"), "{part}");
    }
    assert!(!bob.text.contains("bob"), "a stranger chose that name: {}", bob.text);
    assert_eq!(post.fetch(&house).await, [], "once");
}

#[tokio::test]
async fn changes_are_told_to_the_address_from_before() {
    let (house, post) = (House::new().await, Arc::new(Postbox::default()));
    let alice = house.member("alice").await;
    house.admin("root").await;
    post.fetch(&house).await;
    let (caller, root) = (house.caller("alice").await, house.caller("root").await);
    let patch = ProfilePatch {
        email: Some("new@example.org".into()),
        current_password: Some(PASSWORD.into()),
        ..ProfilePatch::default()
    };
    house.accounts().update_me(&caller, patch.clone()).await.unwrap();
    let changed = [("alice@example.org", EMAIL_CHANGED), ("new@example.org", VERIFY)];
    assert_eq!(seen(&post.fetch(&house).await), changed);
    house.accounts().update_me(&caller, patch).await.unwrap();
    assert_eq!(post.fetch(&house).await, [], "the address is the same");

    let change =
        PasswordChange { current_password: PASSWORD.into(), new_password: OTHER_PASSWORD.into() };
    house.logins().change_password(&caller, change).await.unwrap();
    assert_eq!(seen(&post.fetch(&house).await), [("new@example.org", PASSWORD_CHANGED)]);

    let patch = UserPatch {
        email: Some("third@example.org".into()),
        password: Some(PASSWORD.into()),
        email_verified: Some(true),
        ..UserPatch::default()
    };
    house.accounts().update(&root, alice.id, patch).await.unwrap();
    let told = [("new@example.org", EMAIL_CHANGED), ("new@example.org", PASSWORD_CHANGED)];
    assert_eq!(seen(&post.fetch(&house).await), told, "the new address is verified already");
}

#[tokio::test]
async fn a_mail_that_cannot_be_sent_is_tried_again_until_it_ends() {
    let (house, post) = (House::new().await, Arc::new(Postbox::default()));
    house.member("alice").await;
    post.is_away.store(true, Ordering::SeqCst);
    let mut waited = Vec::new();
    for _ in 0..9 {
        let next = house.send_due_mails(&post.outbox()).await.unwrap().unwrap();
        let now = START.after(Duration::from_secs(waited.iter().sum()));
        let wait = u64::try_from(next.as_micros() - now.as_micros()).unwrap() / 1_000_000;
        assert_eq!(post.fetch(&house).await, []);
        house.wait(wait);
        waited.push(wait);
    }
    assert_eq!(waited, [10, 20, 40, 80, 160, 320, 640, 900, 900]);
    post.is_away.store(false, Ordering::SeqCst);
    assert_eq!(seen(&post.fetch(&house).await), [("alice@example.org", VERIFY)]);

    post.is_away.store(true, Ordering::SeqCst);
    house.member("bob").await;
    assert_eq!(post.fetch(&house).await, []);
    post.is_away.store(false, Ordering::SeqCst);
    house.wait(24 * 60 * 60);
    assert_eq!(post.fetch(&house).await, [], "its token has ended");
}

#[tokio::test]
async fn a_mail_of_whoever_died_over_it_is_sent_by_another() {
    let (house, post) = (House::new().await, Arc::new(Postbox::default()));
    house.member("alice").await;
    let mut tx = guildhall_core::storage::Storage::write(&*house.storage).await.unwrap();
    let until = START.after(Duration::from_secs(120));
    assert_eq!(tx.mail().claim(START, until, 10).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
    house.wait(119);
    assert_eq!(post.fetch(&house).await, []);
    house.wait(1);
    assert_eq!(post.fetch(&house).await.len(), 1);
}

#[tokio::test]
async fn mails_that_have_lost_their_sense_are_not_sent() {
    let (house, post) = (House::new().await, Arc::new(Postbox::default()));
    house.admin("root").await;
    let [alice, bob, carol] = ["alice", "bob", "carol"];
    let [alice, bob, carol] =
        [house.member(alice).await, house.member(bob).await, house.member(carol).await];
    let root = house.caller("root").await;
    let disable = UserPatch { disabled: Some(true), ..UserPatch::default() };
    house.accounts().update(&root, alice.id, disable).await.unwrap();
    house.accounts().delete(&root, bob.id).await.unwrap();
    let patch = UserPatch { email: Some("new@example.org".into()), ..UserPatch::default() };
    house.accounts().update(&root, carol.id, patch).await.unwrap();
    let letters = post.fetch(&house).await;
    let expected = [
        ("carol@example.org", EMAIL_CHANGED),
        ("new@example.org", VERIFY),
        ("root@example.org", VERIFY),
    ];
    assert_eq!(seen(&letters), expected);
}

#[tokio::test]
async fn whoever_sends_mails_hears_of_new_ones_at_once() {
    let (house, post) = (House::new().await, Arc::new(Postbox::default()));
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    let stopped = async move { stopped.notified().await };
    let sending = tokio::spawn(Guildhall::clone(&house).send_mails(post.outbox(), stopped));
    house.member("alice").await;
    post.sent.notified().await;
    let request = MailRequest { email: "alice@example.org".into() };
    house.recovery().forgot_password(&request).await.unwrap();
    post.sent.notified().await;
    stop.notify_one();
    sending.await.unwrap();
    assert_eq!(post.letters.lock().unwrap().len(), 2);
}
