//! Who sees whom.

use guildhall_core::openapi::accounts::UserQuery;
use guildhall_core::openapi::page::Page;
use guildhall_core::openapi::{ErrorCode, Fault, UserView};
use guildhall_core::{Directory, Error, Policy};

use crate::house::{House, faults};

/// What someone gets to see of the directory.
#[derive(Debug, PartialEq)]
enum Sees {
    All,
    Some,
    Code(ErrorCode),
}

#[tokio::test]
async fn the_directory_is_open_to_whom_the_setting_says() {
    use Sees::{All, Code, Some};
    let (anonymous, forbidden) = (ErrorCode::NotAuthenticated, ErrorCode::Forbidden);
    for (directory, [stranger, member, admin]) in [
        (Directory::Members, [Code(anonymous), Some, All]),
        (Directory::Public, [Some, Some, All]),
        (Directory::Private, [Code(anonymous), Code(forbidden), All]),
    ] {
        let house = House::with(Policy { directory, ..Policy::default() }).await;
        let bob = house.member("bob").await;
        house.member("alice").await;
        house.admin("root").await;
        let (alice, root) = (house.caller("alice").await, house.caller("root").await);
        for (caller, expected) in
            [(None, stranger), (Option::Some(&alice), member), (Option::Some(&root), admin)]
        {
            let sees = |view: Result<&UserView, ErrorCode>| match view {
                Ok(UserView::Full(_)) => All,
                Ok(UserView::Member(_)) => Some,
                Err(code) => Code(code),
            };
            let one = house.accounts().get(caller, bob.id, false).await;
            assert_eq!(sees(one.as_ref().map_err(Error::code)), expected, "{directory:?}");
            let list = house.accounts().list(caller, UserQuery::default()).await;
            let first = list.as_ref().map(|(users, _)| &users[0]);
            assert_eq!(sees(first.map_err(Error::code)), expected, "{directory:?}");
        }
        let oneself = house.accounts().get(Option::Some(&alice), alice.id(), false).await;
        assert_eq!(oneself.unwrap(), UserView::Full(alice.user().clone()));
    }
}

#[tokio::test]
async fn a_list_is_searched_and_paged() {
    let house = House::new().await;
    for name in ["anna", "hannah", "bob", "joanna"] {
        house.member(name).await;
    }
    let caller = house.caller("bob").await;
    let list = async |q: Option<&str>, limit: u64| {
        let query = UserQuery {
            q: q.map(Into::into),
            page: Page { limit: limit.try_into().unwrap(), ..Page::default() },
            ..UserQuery::default()
        };
        house.accounts().list(Some(&caller), query).await.map(|(users, more)| {
            let names = users.iter().map(|user| user.username().to_owned());
            (names.collect::<Vec<_>>().join(" "), more)
        })
    };
    assert_eq!(list(Some(" ANN "), 2).await.unwrap(), ("anna hannah".into(), true));
    assert_eq!(list(Some("ann"), 3).await.unwrap(), ("anna hannah joanna".into(), false));
    assert_eq!(list(Some(""), 4).await.unwrap(), ("anna hannah bob joanna".into(), false));
    let refused = list(Some(&"x".repeat(201)), 4).await;
    assert_eq!(faults(refused), [("q".to_owned(), Fault::TooLong(200))]);
}

#[tokio::test]
async fn the_operator_finds_people_by_either_name() {
    let house = House::new().await;
    house.member("anna").await;
    let anna = house.caller("anna").await;
    for name in ["anna", " ANNA ", "anna@example.org", "Anna@Example.ORG"] {
        let found = house.accounts().find(name).await.unwrap();
        assert_eq!(found.map(|user| user.id), Some(anna.id()), "{name}");
    }
    assert_eq!(house.accounts().find("ann").await.unwrap(), None);
    house.accounts().delete(&anna, anna.id()).await.unwrap();
    assert_eq!(house.accounts().find("anna").await.unwrap(), None);
}
