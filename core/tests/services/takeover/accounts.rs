//! Accounts, and what hangs on them.

use std::collections::HashMap;

use guildhall_core::identity::Keys;
use guildhall_core::openapi::text::Text;
use guildhall_core::openapi::{Role, UserId};
use guildhall_core::passwords::{Cost, Passwords, PoolSize, Verdict};
use guildhall_core::storage::Storage as _;
use guildhall_core::takeover::{How, Kind, OldId, TakeOverError, take_over};
use serde_json::{Value, json};

use super::{BCRYPT, HOW, Heard, NOW, Old, empty, message, sent, take, take_with, user, users};

#[tokio::test]
async fn an_account_is_taken_with_all_that_is_known_of_it() {
    let storage = empty().await;
    let alice = json!({
        "id": 7, "username": " alice ", "email": "Alice@Example.org", "full_name": "Alice Liddell",
        "hashed_password": BCRYPT, "disabled": 1, "role": "Role.ADMIN", "group": 3,
        "is_verified": true, "created_at": "2024-03-14 12:00:00", "updated_at": "2024-03-15 12:00:00.5",
        "deleted_at": null, "last_login": "2024-03-16T12:00:00+02:00", "shoe_size": 38,
    });
    let tables = [("groups", json!([{"id": 3, "name": "Croquet"}])), ("users", json!([alice]))];
    let (summary, heard) = take(&storage, &tables).await;
    assert_eq!(heard.of(Kind::Changed), ["users 7: username: trimmed"]);
    assert_eq!((summary.left_out(), summary.passwords), (0, 0));
    let account = storage.read().await.unwrap().accounts().by_id(UserId::new(7).unwrap()).await;
    let account = account.unwrap().unwrap();
    assert_eq!(account.password_hash, BCRYPT);
    let user = account.user;
    assert_eq!((&*user.username, &*user.email), ("alice", "Alice@Example.org"));
    assert_eq!(user.full_name.as_deref(), Some("Alice Liddell"));
    assert_eq!((user.disabled, user.role, user.email_verified), (true, Role::Admin, true));
    assert_eq!(user.group.map(i64::from), Some(3));
    let times = [user.created_at, user.updated_at, user.last_login.unwrap()];
    let expected = ["2024-03-14T12:00:00Z", "2024-03-15T12:00:00.500Z", "2024-03-16T10:00:00Z"];
    assert_eq!(times.map(|time| time.to_string()), expected);
}

/// Whoever cannot be told apart by an email is left out, with what hangs on them.
#[tokio::test]
async fn accounts_that_cannot_be_taken_are_named_with_what_hangs_on_them() {
    let storage = empty().await;
    let without = |field: &str, value: Value| {
        let mut row = user(20, "nobody");
        row[field] = value;
        row
    };
    let mut rows = vec![user(1, "alice"), without("email", json!("ALICE@example.org"))];
    for (id, field, value) in [
        (21, "email", Value::Null),
        (22, "email", json!("nobody")),
        (23, "email", json!(7)),
        (24, "email", json!("a\0b@example.org")),
        (25, "created_at", json!("yesterday")),
        (26, "disabled", json!("maybe")),
    ] {
        let mut row = without(field, value);
        row["id"] = json!(id);
        rows.push(row);
    }
    rows.push(json!({"id": -3, "email": "minus@example.org"}));
    let tables = [
        ("users", json!(rows)),
        ("events", json!([{"id": 1, "title": "Party", "date": "2024-03-14", "organizer_id": 20}])),
        ("messages", json!([message(1, 20, 1), message(2, 1, 99), message(3, 1, 1)])),
    ];
    let (summary, heard) = take(&storage, &tables).await;
    assert_eq!(
        heard.of(Kind::LeftOut),
        [
            "events 1: organizer_id: not_taken",
            "messages 1: sender_id: not_taken",
            "messages 2: receiver_id: not_taken",
            "users -3: id: no_id",
            "users 20: email: email_taken",
            "users 21: email: missing",
            "users 22: email: does_not_fit",
            "users 23: email: wrong_type",
            "users 24: email: does_not_fit",
            "users 25: created_at: no_time",
            "users 26: disabled: wrong_type",
        ]
    );
    assert_eq!(summary.left_out(), 11);
    assert_eq!(users(&storage).await.len(), 1);
    let ids: Vec<_> = sent(&storage, 1).await.iter().map(|message| message.id.get()).collect();
    assert_eq!(ids, [3]);
}

/// People sign in by their email, so an account with a name that does not fit is not given up.
#[tokio::test]
async fn a_name_that_does_not_fit_is_replaced_and_kept_where_it_can_be_read() {
    let storage = empty().await;
    let mut known = user(3, "ALICE");
    known["email"] = json!("other@example.org");
    known["full_name"] = json!("The other Alice");
    let mut spaced = user(4, "x");
    spaced["username"] = json!("Zoë Smith");
    let mut none = user(5, "y");
    none["username"] = Value::Null;
    let mut long = user(6, "long");
    long["full_name"] = json!("x".repeat(201));
    let rows = json!([user(1, "alice"), known, spaced, none, long]);
    let (summary, heard) = take(&storage, &[("users", rows)]).await;
    assert_eq!(summary.left_out(), 0);
    assert_eq!(
        heard.of(Kind::Changed),
        [
            "users 3: username: username_taken",
            "users 4: username: does_not_fit",
            "users 6: full_name: does_not_fit"
        ]
    );
    let named = users(&storage)
        .await
        .into_iter()
        .map(|user| (user.username.into_string(), user.full_name.map(Text::into_string)));
    let name = |name: &str, full: Option<&str>| (name.to_owned(), full.map(str::to_owned));
    assert_eq!(
        named.collect::<Vec<_>>(),
        [
            name("alice", None),
            name("user-3", Some("The other Alice")),
            name("user-4", Some("Zoë Smith")),
            name("user-5", None),
            name("long", None)
        ]
    );
}

#[tokio::test]
async fn a_hash_that_cannot_be_verified_fits_no_password_and_is_never_shown() {
    let storage = empty().await;
    let with = |id: i64, hash: Value| {
        let mut row = user(id, &format!("user{id}"));
        row["hashed_password"] = hash;
        row
    };
    let secrets =
        ["hunter2-hunter2", "5f4dcc3b5aa765d61d8327deb882cf99", "$5$rounds=535000$N$Ap21"];
    let rows = json!([
        with(1, json!(secrets[0])),
        with(2, json!(secrets[1])),
        with(3, json!(secrets[2])),
        with(4, Value::Null),
        with(5, json!(BCRYPT))
    ]);
    let (summary, heard) = take(&storage, &[("users", rows)]).await;
    assert_eq!((summary.left_out(), summary.passwords), (0, 4));
    let expected: Vec<_> = (1..5).map(|id| format!("users {id}: password: new_password")).collect();
    assert_eq!(heard.of(Kind::Password), expected);
    for note in &heard.notes {
        let said = format!("{note} {note:?} {}", serde_json::to_string(note).unwrap());
        assert!(secrets.iter().all(|secret| !said.contains(secret)), "{said}");
    }
    let passwords = Passwords::start(Cost::new(8, 1, 1).unwrap(), PoolSize::default()).unwrap();
    for (id, guess) in [(1, secrets[0]), (2, "password"), (4, "None")] {
        let id = UserId::new(id).unwrap();
        let account = storage.read().await.unwrap().accounts().by_id(id).await.unwrap().unwrap();
        let verdict = passwords.verify(&guess.into(), Some(&account.password_hash)).await;
        assert_eq!(verdict.unwrap(), Verdict::Wrong);
    }
}

/// An old id, in any of its forms, and the number.
fn known((old, new): &(String, i64)) -> (OldId, UserId) {
    (OldId::of(&json!(old)).unwrap(), UserId::new(*new).unwrap())
}

/// Whoever has been deleted has no email any more that they could be known by.
#[tokio::test]
async fn people_with_uuids_who_were_deleted_do_not_come_back() {
    let storage = empty().await;
    let row = |id: &str, deleted_at: Option<&str>| {
        json!({"id": format!("{id}b9f7c12-0000-4000-8000-000000000001"), "email": format!("{id}@example.org"),
            "hashed_password": BCRYPT, "deleted_at": deleted_at})
    };
    let rows = [row("1", None), row("2", Some("2024-03-14")), row("3", None), row("4", None)];
    let (_, first) = take(&storage, &[("users", json!(rows[..3]))]).await;
    assert_eq!(first.numbered[0], ("1b9f7c12-0000-4000-8000-000000000001".to_owned(), 1));
    // As an account that is erased: its email is nobody's.
    let mut tx = storage.write().await.unwrap();
    let mut erased = tx.accounts().lock(UserId::new(1).unwrap()).await.unwrap().unwrap();
    erased.user.deleted_at = Some(NOW);
    erased.user.email = "nobody@example.org".into();
    tx.accounts().update(&erased, &Keys::of(&erased.user)).await.unwrap();
    tx.commit().await.unwrap();
    let before = users(&storage).await;

    let (summary, heard) = take(&storage, &[("users", json!(rows))]).await;
    let unsure =
        |id: &str| format!("users \"{id}b9f7c12-0000-4000-8000-000000000001\": id: needs_map");
    assert_eq!(heard.of(Kind::LeftOut), ["1", "2", "4"].map(unsure));
    assert_eq!(summary.tables["users"].already_taken, 1);
    assert_eq!(users(&storage).await, before);

    let known: HashMap<_, _> = first.numbered.iter().map(known).collect();
    let how = How { known: Some(&known), ..HOW };
    let (summary, heard) = take_with(&storage, &[("users", json!(rows))], how).await;
    let gone = ["users \"1b9f7c12-0000-4000-8000-000000000001\": id: id_taken"];
    assert_eq!(heard.of(Kind::LeftOut), gone);
    let count = summary.tables["users"];
    assert_eq!((count.taken, count.already_taken), (1, 2));
    assert_eq!(users(&storage).await.len(), 4);
    assert_eq!(heard.numbered.last().unwrap().1, 4);
}

#[tokio::test]
async fn numbers_of_another_database_are_refused() {
    let storage = empty().await;
    let known = HashMap::from([known(&("1b9f".to_owned(), 7))]);
    let how = How { known: Some(&known), ..HOW };
    let tables = [("users", json!([{"id": "1b9f", "email": "ann@example.org"}]))];
    let refused = take_over(&mut Old::new(&tables), &storage, how, &mut Heard::default()).await;
    let Err(error @ TakeOverError::NotThere(..)) = refused else { panic!("{refused:?}") };
    assert!(error.to_string().contains("1b9f as number 7"), "{error}");
}

/// Whoever has a UUID is known by the number that they got, or by their email, when they come again; nobody is
/// taken for another.
#[tokio::test]
async fn people_with_uuids_are_numbered_once() {
    let storage = empty().await;
    let row = |id: &str, email: &str| json!({"id": id, "email": email, "hashed_password": BCRYPT, "is_active": true});
    let (ann, ben, cid) = (
        row("0B9F7C12-0000-4000-8000-000000000001", "ann@example.org"),
        row("1b9f7c1200004000800000000000000f", "ben@example.org"),
        row("0a000000-0000-4000-8000-000000000000", "cid@example.org"),
    );
    let twin = row("1c9f7c12-0000-4000-8000-000000000001", "ANN@example.org");
    let event = json!({
        "id": 1, "title": "Party", "date": "2024-03-14", "user_id": "0b9f7c12000040008000000000000001",
    });
    let tables = [("user", json!([ann, ben, twin])), ("event", json!([event]))];
    let (summary, heard) = take(&storage, &tables).await;
    assert_eq!(summary.left_out(), 1);
    let twins = ["user \"1c9f7c12-0000-4000-8000-000000000001\": email: email_taken"];
    assert_eq!(heard.of(Kind::LeftOut), twins);
    let numbers = |heard: &Heard| heard.numbered.iter().map(|(_, id)| *id).collect::<Vec<_>>();
    assert_eq!(numbers(&heard), [1, 2]);
    let known: HashMap<_, _> = heard.numbered.iter().map(known).collect();
    let how = How { known: Some(&known), ..HOW };
    let tables = [("user", json!([cid, ann, ben, twin])), ("event", json!([event]))];
    let (summary, heard) = take_with(&storage, &tables, how).await;
    assert_eq!(numbers(&heard), [1, 3, 2]);
    assert_eq!(heard.of(Kind::LeftOut), twins);
    assert_eq!(summary.tables["user"].taken, 1);
    assert_eq!(summary.tables["event"].already_taken, 1);
    let usernames: Vec<_> =
        users(&storage).await.into_iter().map(|user| user.username.into_string()).collect();
    assert_eq!(usernames, ["user-1", "user-2", "user-3"]);
}
