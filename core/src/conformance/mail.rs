//! Mails: what is to be sent, and the tokens of what was.

use std::time::Duration;

use futures_util::future::{join, join_all};
use guildhall_openapi::{Language, Timestamp, UserId};

use super::fixtures::{NOW, add, change, disable, draft, insert};
use crate::accounts;
use crate::mail::{Draft, Kind, Stored};
use crate::storage::Storage;

const ADDRESS: &str = "alice@example.org";

fn later(seconds: u64) -> Timestamp {
    NOW.after(Duration::from_secs(seconds))
}

fn mail(kind: Kind, email: &str) -> Draft {
    Draft::new(kind, email.into(), Language::French, NOW)
}

async fn claim(storage: &dyn Storage, now: Timestamp, most: u32) -> Vec<Stored> {
    let mut tx = storage.write().await.unwrap();
    let mut claimed = tx.mail().claim(now, now.after(Duration::from_secs(60)), most).await.unwrap();
    tx.commit().await.unwrap();
    claimed.sort_by_key(|mail| mail.id);
    claimed
}

async fn by_id(storage: &dyn Storage, id: i64) -> Option<Stored> {
    storage.read().await.unwrap().mail().by_id(id).await.unwrap()
}

async fn next_due(storage: &dyn Storage) -> Option<Timestamp> {
    storage.read().await.unwrap().mail().next_due().await.unwrap()
}

async fn waiting(storage: &dyn Storage) -> u64 {
    storage.read().await.unwrap().mail().waiting().await.unwrap()
}

async fn request(storage: &dyn Storage, draft: &Draft) {
    let mut tx = storage.write().await.unwrap();
    tx.mail().request(draft).await.unwrap();
    tx.commit().await.unwrap();
}

/// The mail that someone new gets, and one more about them.
async fn two(storage: &dyn Storage) -> (UserId, [Stored; 2]) {
    let alice = add(storage, &draft("alice")).await;
    let mut tx = storage.write().await.unwrap();
    tx.mail().insert(alice, &mail(Kind::PasswordChanged, ADDRESS)).await.unwrap();
    tx.commit().await.unwrap();
    (alice, claim(storage, NOW, 10).await.try_into().unwrap())
}

/// A new account has its mail with it, in a step too; one that was not made has none.
pub async fn a_new_account_gets_a_mail(storage: &dyn Storage) {
    let [alice, bob, twin] = ["alice", "bob", "ALICE"].map(draft);
    let in_tx = add(storage, &alice).await;
    let keys = |draft: &accounts::Draft| {
        crate::identity::Keys::of(&draft.clone().with_id(UserId::FIRST).user)
    };
    let in_step = storage.steps().insert_account(&bob, &keys(&bob)).await.unwrap();
    storage.steps().insert_account(&twin, &keys(&twin)).await.unwrap_err();
    let mut tx = storage.write().await.unwrap();
    insert(&mut *tx, &twin).await.unwrap_err();
    tx.commit().await.unwrap();
    let mails = claim(storage, NOW, 10).await;
    let about: Vec<_> = mails.iter().map(|mail| (mail.user, mail.nonce.as_str())).collect();
    let expected = [(in_tx, &alice), (in_step, &bob)]
        .map(|(user, draft)| (Some(user), draft.verification.nonce.as_str()));
    assert_eq!(about, expected);
}

/// A mail comes back as it went in.
pub async fn a_mail_comes_back_as_it_went_in(storage: &dyn Storage) {
    let alice = add(storage, &draft("alice")).await;
    for kind in Kind::ALL {
        let draft = mail(kind, "Alice@bücher.example");
        let mut tx = storage.write().await.unwrap();
        tx.mail().insert(alice, &draft).await.unwrap();
        tx.commit().await.unwrap();
        let stored = claim(storage, NOW, 10).await.pop().unwrap();
        let Draft { email, language, nonce, expires_at, .. } = draft;
        let (id, user) = (stored.id, Some(alice));
        let expected = Stored { id, user, kind, email, language, nonce, expires_at, tries: 1 };
        assert_eq!(stored, expected);
        assert_eq!(by_id(storage, id).await, Some(expected));
    }
    assert_eq!(by_id(storage, 999).await, None);
}

/// A claimed mail is nobody else's until its time is over, and no more once it was sent.
pub async fn a_mail_is_claimed_for_a_while(storage: &dyn Storage) {
    assert_eq!((next_due(storage).await, waiting(storage).await), (None, 0));
    add(storage, &draft("alice")).await;
    assert_eq!(next_due(storage).await, Some(NOW));
    assert_eq!(claim(storage, NOW.before(Duration::from_micros(1)), 10).await, []);
    let [first] = claim(storage, NOW, 10).await.try_into().unwrap();
    assert_eq!((next_due(storage).await, waiting(storage).await), (Some(later(60)), 1));
    assert_eq!(claim(storage, later(59), 10).await, []);
    let again = Stored { tries: 2, ..first.clone() };
    assert_eq!(claim(storage, later(60), 10).await, [again]);
    for (at, next) in [(Some(later(600)), Some(later(600))), (None, None)] {
        let mut tx = storage.write().await.unwrap();
        tx.mail().due(first.id, at).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(next_due(storage).await, next);
        assert_eq!(waiting(storage).await, u64::from(next.is_some()));
    }
    assert_eq!(claim(storage, later(6000), 10).await, []);
    assert!(by_id(storage, first.id).await.is_some(), "its token is still good");
}

/// Of those who claim at once each gets other mails, and all are claimed.
pub async fn each_mail_is_claimed_by_one_of_many(storage: &dyn Storage) {
    for number in 0..24 {
        add(storage, &draft(&format!("user{number}"))).await;
    }
    let mut ids = Vec::new();
    while ids.len() < 24 {
        let claimed = join_all((0..8).map(|_| claim(storage, NOW, 2))).await.concat();
        assert!(!claimed.is_empty(), "{ids:?}");
        ids.extend(claimed.into_iter().map(|mail| mail.id));
    }
    let claimed = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), claimed), (24, 24));
}

/// A mail that is asked for is about the account that has the address and stands, or about nobody.
pub async fn a_mail_that_is_asked_for_is_written_in_any_case(storage: &dyn Storage) {
    let [alice, bob, carol] = [
        add(storage, &draft("alice")).await,
        add(storage, &draft("bob")).await,
        add(storage, &draft("carol")).await,
    ];
    claim(storage, NOW, 10).await;
    disable(storage, bob).await;
    change(storage, carol, |account| account.user.email_verified = true).await;
    for (kind, name, owner) in [
        (Kind::ResetPassword, "Alice", Some(alice)),
        (Kind::VerifyEmail, "alice", Some(alice)),
        (Kind::ResetPassword, "bob", None),
        (Kind::ResetPassword, "carol", Some(carol)),
        (Kind::VerifyEmail, "carol", None),
        (Kind::ResetPassword, "nobody", None),
    ] {
        request(storage, &mail(kind, &format!("{name}@example.org"))).await;
        let [mail] = claim(storage, NOW, 10).await.try_into().unwrap();
        assert_eq!((mail.kind, mail.user), (kind, owner), "{name}");
    }
}

/// Mails end once, with all of their kind to the address; of many at once one is told so.
pub async fn a_mail_is_used_once(storage: &dyn Storage) {
    let (alice, [ask, tell]) = two(storage).await;
    let mut tx = storage.write().await.unwrap();
    tx.mail().insert(alice, &mail(Kind::VerifyEmail, ADDRESS)).await.unwrap();
    tx.commit().await.unwrap();
    let [again] = claim(storage, NOW, 10).await.try_into().unwrap();
    let end = async |kind, now| {
        let mut tx = storage.write().await.unwrap();
        let mut ended = tx.mail().end(ADDRESS, kind, now).await.unwrap();
        tx.commit().await.unwrap();
        ended.sort_unstable();
        ended
    };
    assert!(end(Kind::VerifyEmail, ask.expires_at).await.is_empty());
    assert!(end(Kind::ResetPassword, NOW).await.is_empty());
    let mut tx = storage.write().await.unwrap();
    assert_eq!(tx.mail().end(ADDRESS, Kind::VerifyEmail, NOW).await.unwrap().len(), 2);
    drop(tx);
    let just = ask.expires_at.before(Duration::from_micros(1));
    let ended = join_all((0..16).map(|_| end(Kind::VerifyEmail, just))).await;
    assert_eq!(ended.concat(), [ask.id, again.id], "what was undone has not ended them");
    assert_eq!(by_id(storage, ask.id).await, None);
    assert_eq!(end(Kind::PasswordChanged, NOW).await, [tell.id]);
}

/// Who uses mails up and who guesses at them do not stand in each other's way.
pub async fn guesses_and_uses_pass_each_other(storage: &dyn Storage) {
    let alice = add(storage, &draft("alice")).await;
    for _ in 0..8 {
        let mut tx = storage.write().await.unwrap();
        for _ in 0..4 {
            tx.mail().insert(alice, &mail(Kind::ResetPassword, ADDRESS)).await.unwrap();
        }
        tx.commit().await.unwrap();
        let guess = async |_| {
            let mut tx = storage.write().await.unwrap();
            tx.mail().guess(ADDRESS, Kind::ResetPassword, NOW, 10).await.unwrap();
            tx.commit().await.unwrap();
            0
        };
        let end = async {
            let mut tx = storage.write().await.unwrap();
            let ended = tx.mail().end(ADDRESS, Kind::ResetPassword, NOW).await.unwrap();
            tx.commit().await.unwrap();
            ended.len()
        };
        let (_, ended) = join(join_all((0..6).map(guess)), end).await;
        assert_eq!(ended, 4);
    }
}

/// Mails about an account are told and forgotten; those about others and nobody stay.
pub async fn mails_about_an_account_are_forgotten(storage: &dyn Storage) {
    let (alice, [ask, tell]) = two(storage).await;
    let bob = add(storage, &draft("bob")).await;
    request(storage, &mail(Kind::ResetPassword, "nobody@example.org")).await;
    let about = async |user| storage.read().await.unwrap().mail().about(user).await.unwrap();
    assert_eq!(about(alice).await, [ask, tell]);
    let of_bob = about(bob).await;
    let mut tx = storage.write().await.unwrap();
    tx.mail().forget(alice).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((about(alice).await, about(bob).await), (Vec::new(), of_bob));
    assert_eq!(claim(storage, NOW, 10).await.len(), 2);
}

/// Guesses at once are all counted, and no more get an answer than may; a right one does not count.
pub async fn guesses_at_a_mail_are_counted(storage: &dyn Storage) {
    add(storage, &draft("alice")).await;
    add(storage, &draft("bob")).await;
    let guess = async |email: &str, kind, now| {
        let mut tx = storage.write().await.unwrap();
        let mails = tx.mail().guess(email, kind, now, 10).await.unwrap();
        tx.commit().await.unwrap();
        mails
    };
    let of_alice = || guess(ADDRESS, Kind::VerifyEmail, NOW);
    let [mail] = of_alice().await.try_into().unwrap();
    assert_eq!(guess(ADDRESS, Kind::ResetPassword, NOW).await, []);
    assert_eq!(guess(ADDRESS, Kind::VerifyEmail, mail.expires_at).await, []);
    let guesses = join_all((0..24).map(|_| of_alice())).await;
    assert_eq!(guesses.concat().len(), 9);
    assert_eq!(of_alice().await, []);
    let mut tx = storage.write().await.unwrap();
    tx.mail().forgive(mail.id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(of_alice().await, [mail]);
    assert_eq!(guess("bob@example.org", Kind::VerifyEmail, NOW).await.len(), 1);
}

/// Mails of a kind to an address end together, and those whose time is over are removed.
pub async fn mails_end(storage: &dyn Storage) {
    let (_, [ask, tell]) = two(storage).await;
    add(storage, &draft("bob")).await;
    let [bobs] = claim(storage, NOW, 10).await.try_into().unwrap();
    let mut tx = storage.write().await.unwrap();
    tx.mail().end(ADDRESS, Kind::VerifyEmail, NOW).await.unwrap();
    tx.commit().await.unwrap();
    let is_there = async |mail: &Stored| by_id(storage, mail.id).await.is_some();
    assert_eq!(
        [is_there(&ask).await, is_there(&tell).await, is_there(&bobs).await],
        [false, true, true]
    );
    for (before, most, removed) in [
        (bobs.expires_at, 10, 0),
        (tell.expires_at.after(Duration::from_micros(1)), 1, 1),
        (tell.expires_at.after(Duration::from_micros(1)), 10, 1),
        (tell.expires_at.after(Duration::from_micros(1)), 10, 0),
    ] {
        let mut tx = storage.write().await.unwrap();
        assert_eq!(tx.mail().prune(before, most).await.unwrap(), removed);
        tx.commit().await.unwrap();
    }
}
