//! Registration.

use guildhall_core::openapi::{ErrorCode, Fault, GroupId, NewAccount, NewUser, Role};
use guildhall_core::{Origin, Policy, Registration};

use crate::house::{House, PASSWORD, START, code, faults, new_account};

mod change;
mod directory;
mod removal;

fn new_user(name: &str) -> NewUser {
    let NewAccount { username, email, password, full_name } = new_account(name);
    NewUser { username, email, password, full_name, role: None, disabled: None, group: None }
}

#[tokio::test]
async fn whoever_registers_is_a_member_with_the_given_names() {
    let house = House::new().await;
    let new = NewAccount {
        username: "  Alice ".into(),
        email: " Alice@Example.org\n".into(),
        full_name: Some(" Alice Liddell ".into()),
        ..new_account("alice")
    };
    let user = house.accounts().register(new, &Origin::default()).await.unwrap();
    assert_eq!(user.username, "Alice");
    assert_eq!(user.email, "Alice@Example.org");
    assert_eq!(user.full_name.as_deref(), Some("Alice Liddell"));
    assert_eq!((user.role, user.disabled, user.email_verified), (Role::User, false, false));
    assert_eq!((user.created_at, user.updated_at), (START, START));
    let stored = house.stored(user.id).await;
    assert_eq!(stored.user, user);
    assert!(stored.password_hash.starts_with("$argon2id$"));
}

#[tokio::test]
async fn closed_registration_leaves_making_accounts_to_admins() {
    let house =
        House::with(Policy { registration: Registration::Closed, ..Policy::default() }).await;
    let refused = house.accounts().register(new_account("alice"), &Origin::default()).await;
    assert_eq!(code(&refused), Some(ErrorCode::RegistrationClosed));
    house.admin("root").await;
    let root = house.caller("root").await;
    let made = house.accounts().create(&root, new_user("alice"), None).await;
    assert_eq!(code(&made), None);
}

#[tokio::test]
async fn names_are_taken_whatever_their_case_or_form() {
    let house = House::new().await;
    let taken = NewAccount { email: "alice@bücher.example".into(), ..new_account("alice") };
    house.accounts().register(taken, &Origin::default()).await.unwrap();
    for (username, email, refused) in [
        ("bob", "ALICE@Bücher.example", Some(ErrorCode::EmailTaken)),
        ("bob", "alice@XN--BCHER-KVA.example", Some(ErrorCode::EmailTaken)),
        ("bob", "alice@bu\u{308}cher.example", Some(ErrorCode::EmailTaken)),
        ("ALICE", "bob@example.org", Some(ErrorCode::UsernameTaken)),
        ("ALICE", "Alice@bücher.example", Some(ErrorCode::EmailTaken)),
        ("alice2", "alice@bucher.example", None),
    ] {
        let new =
            NewAccount { username: username.into(), email: email.into(), ..new_account("unused") };
        let registered = house.accounts().register(new, &Origin::default()).await;
        assert_eq!(code(&registered), refused, "{username} {email}");
    }
}

#[tokio::test]
async fn all_fields_that_do_not_fit_are_named_at_once() {
    let house = House::new().await;
    let new = NewAccount {
        username: "a b".into(),
        email: "nobody".into(),
        password: "short".into(),
        full_name: Some("x".repeat(201).into()),
    };
    let refused = house.accounts().register(new, &Origin::default()).await;
    assert_eq!(code(&refused), Some(ErrorCode::ValidationFailed));
    let expected = [
        ("username", Fault::Characters("^[A-Za-z0-9._-]+$")),
        ("email", Fault::Email),
        ("full_name", Fault::TooLong(200)),
        ("password", Fault::TooShort(8)),
    ];
    let expected = expected.map(|(field, fault)| (field.to_owned(), fault));
    assert_eq!(faults(refused), expected);
}

#[tokio::test]
async fn limits_are_counted_in_characters() {
    let house = House::new().await;
    let domain = format!("{0}.{0}.{0}.org", "d".repeat(59));
    let fits = NewAccount {
        username: "u".repeat(64).into(),
        email: format!("{}@{domain}", "e".repeat(64)).into(),
        password: "é1ü2-".repeat(26)[..].chars().take(128).collect::<String>().into(),
        full_name: Some("👍".repeat(200).into()),
    };
    assert_eq!(code(&house.accounts().register(fits, &Origin::default()).await), None);
    let too_long = NewAccount {
        username: "u".repeat(65).into(),
        email: format!("{}@example.org", "e".repeat(254)).into(),
        password: "é1ü2-".repeat(26).into(),
        full_name: Some("a\0b".into()),
    };
    let expected = [
        ("username", Fault::TooLong(64)),
        ("email", Fault::TooLong(254)),
        ("full_name", Fault::Nul),
        ("password", Fault::TooLong(128)),
    ];
    let expected = expected.map(|(field, fault)| (field.to_owned(), fault));
    assert_eq!(faults(house.accounts().register(too_long, &Origin::default()).await), expected);
}

#[tokio::test]
async fn a_password_that_others_would_try_first_is_weak() {
    let house = House::new().await;
    for password in
        ["password", "12345678", "quentin.hale", "Quentin.Hale@Example.org", "Quentin Hale"]
    {
        let new = NewAccount {
            password: password.into(),
            full_name: Some("Quentin Hale".into()),
            ..new_account("quentin.hale")
        };
        let refused = house.accounts().register(new, &Origin::default()).await;
        assert_eq!(code(&refused), Some(ErrorCode::WeakPassword), "{password}");
        assert_eq!(faults(refused), [("password".to_owned(), Fault::Weak)]);
    }
}

#[tokio::test]
async fn only_admins_make_accounts_for_others() {
    let house = House::new().await;
    house.member("alice").await;
    house.admin("root").await;
    let (alice, root) = (house.caller("alice").await, house.caller("root").await);
    let refused = house.accounts().create(&alice, new_user("bob"), None).await;
    assert_eq!(code(&refused), Some(ErrorCode::Forbidden));
    let new = NewUser { role: Some(Role::Admin), disabled: Some(true), ..new_user("bob") };
    let bob = house.accounts().create(&root, new, None).await.unwrap();
    assert_eq!((bob.role, bob.disabled), (Role::Admin, true));
    let new = NewUser { group: GroupId::new(404), ..new_user("carol") };
    let refused = house.accounts().create(&root, new, None).await;
    assert_eq!(code(&refused), Some(ErrorCode::GroupNotFound));
}

#[tokio::test]
async fn the_first_admin_is_made_once() {
    let house = House::new().await;
    let first = house.accounts().create_first_admin(new_account("root")).await;
    assert_eq!(first.unwrap().unwrap().role, Role::Admin);
    let again = house.accounts().create_first_admin(new_account("other")).await;
    assert_eq!(again.unwrap(), None);
    assert_eq!(code(&house.log_in("other", PASSWORD).await), Some(ErrorCode::InvalidCredentials));
}

#[tokio::test]
async fn a_stranger_cannot_keep_the_first_admin_out_by_name() {
    let house = House::new().await;
    house.member("admin").await;
    let new = NewAccount { email: "root@example.org".into(), ..new_account("admin") };
    let first = house.accounts().create_first_admin(new.clone()).await.unwrap().unwrap();
    assert!(first.username.starts_with("admin-"), "{first:?}");
    assert_eq!(house.accounts().create_first_admin(new).await.unwrap(), None);
}

#[tokio::test]
async fn replicas_that_start_together_make_one_first_admin() {
    let house = House::new().await;
    let first = async || house.accounts().create_first_admin(new_account("root")).await.unwrap();
    let made = futures_util::future::join_all((0..4).map(|_| first())).await;
    assert_eq!(made.iter().flatten().count(), 1);
}
