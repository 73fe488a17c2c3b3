//! All that a storage holds, out of it and into another: what a storage that can be moved has to pass beside the
//! rest. Each case has two storages with a schema and without rows.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use guildhall_openapi::{AuditAction, UserId};

use super::accounts::awkward_texts;
use super::events::{announce, event};
use super::fixtures::{NOW, add, add_group, change, draft, sign_in};
use super::messages::{read, send};
use super::sessions::begin;
use crate::audit::Draft;
use crate::guesses::Tries;
use crate::idempotency::Claim;
use crate::messages::Unread;
use crate::stream::Log;
use crate::transfer::{
    Misfit, Moved, Row, Side, Table, Tally, Transfer, TransferError, Violated, copy, export, import,
};

type Case = for<'a> fn(&'a dyn Transfer, &'a dyn Transfer) -> BoxFuture<'a, ()>;

const CASES: &[(&str, Case)] = &[
    ("what_was_moved_is_the_same", |a, b| Box::pin(what_was_moved_is_the_same(a, b))),
    ("a_file_is_read_as_it_was_written", |a, b| Box::pin(a_file_is_read_as_it_was_written(a, b))),
    ("a_snapshot_stays_as_it_was", |a, b| Box::pin(a_snapshot_stays_as_it_was(a, b))),
    ("life_goes_on_after_a_move", |a, b| Box::pin(life_goes_on_after_a_move(a, b))),
    ("what_holds_anything_is_not_filled", |a, b| Box::pin(what_holds_anything_is_not_filled(a, b))),
    ("a_dropped_restore_leaves_nothing", |a, b| Box::pin(a_dropped_restore_leaves_nothing(a, b))),
    ("a_row_that_does_not_fit_is_named", |a, b| Box::pin(a_row_that_does_not_fit_is_named(a, b))),
];

/// Runs every case, each on two databases that `empty` makes: new ones, without a schema, for a name.
///
/// # Panics
/// Where cases fail, with their names and what they said.
pub async fn run<S: Transfer>(empty: impl AsyncFn(String) -> S) {
    for (name, case) in CASES {
        let (a, b) = (empty(format!("{name}_a")).await, empty(format!("{name}_b")).await);
        for storage in [&a, &b] {
            assert_eq!(storage.filled().await.expect("a look"), None);
            storage.migrate().await.expect("the schema");
        }
        let done = AssertUnwindSafe(case(&a, &b)).catch_unwind().await;
        assert!(done.is_ok(), "{name}");
    }
}

/// Puts rows into every table.
///
/// # Panics
/// Where the storage fails.
pub async fn fill(storage: &dyn Transfer) -> (UserId, UserId) {
    let group = add_group(storage, "Chess").await;
    let (alice, bob) = (add(storage, &draft("alice")).await, add(storage, &draft("bob")).await);
    for (number, text) in awkward_texts().into_iter().enumerate() {
        let odd = change(storage, bob, |bob| bob.user.full_name = Some(text.as_str().into())).await;
        let mut tx = storage.write().await.unwrap();
        let message = crate::messages::Draft {
            content: odd.user.full_name.unwrap().as_str().into(),
            ..super::messages::message(bob, alice)
        };
        tx.messages().insert(&message).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        announce(storage, event(&format!("{number}{text}"), alice)).await;
    }
    change(storage, alice, |alice| alice.user.group = Some(group)).await;
    sign_in(storage, alice).await;
    let party = announce(storage, event("Party", alice)).await;
    let session = begin(storage, alice, "one").await;
    let sent = send(storage, alice, bob).await;
    send(storage, bob, bob).await;
    read(storage, bob, Unread::One(sent.id), NOW).await;
    let mut tx = storage.write().await.unwrap();
    tx.events().attend(party.id, bob, NOW).await.unwrap();
    tx.sessions().join(session, bob).await.unwrap();
    let tries = Tries { count: 7, since: NOW, last: NOW };
    tx.guesses().lock("alice@192.0.2.7", tries).await.unwrap();
    tx.guesses().store("alice@192.0.2.7", tries, NOW).await.unwrap();
    tx.guesses().remember(alice, "192.0.2.7", NOW, NOW).await.unwrap();
    let claim = Claim { user: alice, key: "key".into(), fingerprint: "print".into(), now: NOW };
    tx.idempotency().claim(&claim, NOW).await.unwrap();
    tx.stream().spend_ticket("ticket", NOW).await.unwrap();
    let entry = Draft::by(alice, AuditAction::SignedIn, Some([192, 0, 2, 7].into()), NOW);
    tx.audit().insert(&entry).await.unwrap();
    tx.commit().await.unwrap();
    (alice, bob)
}

async fn exported(storage: &dyn Transfer) -> (Vec<u8>, Vec<Tally>) {
    let (mut snapshot, mut file) = (storage.snapshot().await.unwrap(), Vec::new());
    let tallies = export(&mut *snapshot, &mut file, NOW, &mut |_, _, _| {}).await.unwrap();
    (file, tallies)
}

async fn move_all(from: &dyn Transfer, to: &dyn Transfer) -> Result<Vec<Moved>, TransferError> {
    let mut snapshot = from.snapshot().await.unwrap();
    let mut target = to.restore().await.unwrap();
    let moved = copy(&mut *snapshot, &mut *target, &mut |_, _, _| {}).await?;
    target.commit().await.unwrap();
    Ok(moved)
}

/// Every table has rows in the test, and the same ones afterwards.
async fn what_was_moved_is_the_same(a: &dyn Transfer, b: &dyn Transfer) {
    fill(a).await;
    let moved = move_all(a, b).await.unwrap();
    for Moved { read, held } in &moved {
        assert!(read.rows > 0, "{} has no rows", read.name.name());
        assert_eq!(read, held);
    }
    let tables: Vec<_> = moved.iter().map(|moved| moved.read.name).collect();
    assert_eq!(tables, Table::ALL);
    assert_eq!(exported(a).await, exported(b).await);
}

/// The same through a file; one that lacks its end, or a row, is found out.
async fn a_file_is_read_as_it_was_written(a: &dyn Transfer, b: &dyn Transfer) {
    fill(a).await;
    let (file, tallies) = exported(a).await;
    let read = async |file: &[u8]| {
        let mut target = b.restore().await.unwrap();
        let moved = import(file, &mut *target, &mut |_, _, _| {}).await?;
        Ok::<_, TransferError>((target, moved))
    };
    let lines: Vec<_> = file.split_inclusive(|byte| *byte == b'\n').collect();
    let cut_off = read(&lines[..lines.len() - 1].concat()).await.map(drop).unwrap_err();
    assert!(matches!(cut_off, TransferError::CutOff(_)), "{cut_off}");
    let is_attendance = |line: &&&[u8]| !line.starts_with(br#"{"table":"attendance""#);
    let without: Vec<_> = lines.iter().filter(is_attendance).copied().collect();
    let without = read(&without.concat()).await.map(drop).unwrap_err();
    let side_and_table = match &without {
        TransferError::Differs { side, table, .. } => Some((*side, *table)),
        _ => None,
    };
    assert_eq!(side_and_table, Some((Side::Source, Table::Attendance)), "{without}");
    let (target, moved) = read(&file).await.unwrap();
    target.commit().await.unwrap();
    assert_eq!(moved.into_iter().map(|moved| moved.held).collect::<Vec<_>>(), tallies);
    assert_eq!(exported(b).await.0, file);
}

/// A snapshot shows one moment, and keeps nobody from writing.
async fn a_snapshot_stays_as_it_was(a: &dyn Transfer, b: &dyn Transfer) {
    let (alice, bob) = fill(a).await;
    let (mut snapshot, (_, before)) = (a.snapshot().await.unwrap(), exported(a).await);
    send(a, alice, bob).await;
    add(a, &draft("carol")).await;
    let mut target = b.restore().await.unwrap();
    let moved = copy(&mut *snapshot, &mut *target, &mut |_, _, _| {}).await.unwrap();
    // The last ids may be those of later: they are only ever to be high enough.
    let rows = |all: Vec<Tally>| all.into_iter().filter(|tally| tally.name != Table::Ids);
    let held = rows(moved.into_iter().map(|moved| moved.held).collect());
    assert_eq!(held.collect::<Vec<_>>(), rows(before).collect::<Vec<_>>());
}

/// What is written afterwards is told under the next numbers, and gets ids that nothing had, removed rows neither.
async fn life_goes_on_after_a_move(a: &dyn Transfer, b: &dyn Transfer) {
    let (alice, bob) = fill(a).await;
    let gone = begin(a, alice, "gone").await;
    let login = sign_in(a, bob).await;
    let mut tx = a.write().await.unwrap();
    tx.sessions().delete(gone).await.unwrap();
    assert!(tx.logins().revoke(bob, login).await.unwrap());
    tx.commit().await.unwrap();
    let last = send(a, alice, bob).await;
    move_all(a, b).await.unwrap();
    assert!(begin(b, alice, "new").await > gone);
    assert!(sign_in(b, bob).await > login);
    let next = send(b, alice, bob).await;
    assert!(next.id > last.id);
    let of_bob = |sent: &crate::messages::Sent| {
        sent.told.iter().find(|told| told.log == Log::User(bob)).map(|told| told.number)
    };
    assert_eq!(of_bob(&next), of_bob(&last).map(|number| number + 1));
    let (_, after) = exported(b).await;
    let (_, before) = exported(a).await;
    let rows = |all: &[Tally], table| all.iter().find(|tally| tally.name == table).unwrap().rows;
    assert_eq!(rows(&after, Table::Stream), rows(&before, Table::Stream) + 2);
    assert_eq!(rows(&after, Table::Conversations), rows(&before, Table::Conversations));
}

/// A target that holds anything is refused, and stays as it was.
async fn what_holds_anything_is_not_filled(a: &dyn Transfer, b: &dyn Transfer) {
    fill(a).await;
    assert_eq!(b.filled().await.unwrap(), None);
    add_group(b, "Tea").await;
    assert_eq!(b.filled().await.unwrap(), Some(Table::Groups));
    let (_, before) = exported(b).await;
    let refused = move_all(a, b).await.unwrap_err();
    assert!(matches!(refused, TransferError::NotEmpty(Table::Groups)), "{refused}");
    assert_eq!(exported(b).await.1, before);
}

/// Dropped before its commit, it was never there; the database can be used, and filled later.
async fn a_dropped_restore_leaves_nothing(a: &dyn Transfer, b: &dyn Transfer) {
    fill(a).await;
    let (_, before) = exported(b).await;
    let mut snapshot = a.snapshot().await.unwrap();
    let mut target = b.restore().await.unwrap();
    copy(&mut *snapshot, &mut *target, &mut |_, _, _| {}).await.unwrap();
    drop(target);
    assert_eq!(exported(b).await.1, before);
    move_all(a, b).await.unwrap();
}

/// A row with a key that another has is named, and one that refers to nothing.
async fn a_row_that_does_not_fit_is_named(a: &dyn Transfer, b: &dyn Transfer) {
    fill(a).await;
    let mut snapshot = a.snapshot().await.unwrap();
    let mut rows = snapshot.rows(Table::Groups, None, 1).await.unwrap();
    let Row::Groups(mut twin) = rows[0].clone() else { panic!("{rows:?}") };
    twin.id += 1;
    rows.push(Row::Groups(twin));
    let users = snapshot.rows(Table::Users, None, 2).await.unwrap();
    let mut target = b.restore().await.unwrap();
    let refused = target.insert(&rows).await.unwrap();
    let key = Violated::Unique("groups.name_key".into());
    assert_eq!(refused, Err(Misfit { index: 1, key }));
    drop(target);
    // Whose group is not there.
    let mut target = b.restore().await.unwrap();
    let refused = target.insert(&users).await.unwrap();
    assert_eq!(refused, Err(Misfit { index: 0, key: Violated::Reference }));
}
