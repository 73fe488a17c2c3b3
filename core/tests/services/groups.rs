//! Groups: who may manage them, what they may be called, and what becomes of their people.

use guildhall_core::openapi::accounts::UserPatch;
use guildhall_core::openapi::groups::GroupPatch;
use guildhall_core::openapi::page::Page;
use guildhall_core::openapi::text::IdempotencyKey;
use guildhall_core::openapi::{
    Change, ErrorCode, Fault, Group, GroupId, NewGroup, User, UserId, UserView,
};
use guildhall_core::{Caller, Directory, Policy, Result};

use crate::house::{House, START, code, faults};

/// A house with an admin.
async fn house() -> (House, Caller) {
    let house = House::new().await;
    house.admin("root").await;
    let root = house.caller("root").await;
    (house, root)
}

async fn create(house: &House, caller: &Caller, name: &str) -> Result<Group> {
    house.groups().create(caller, NewGroup { name: name.into() }, None).await
}

async fn rename(house: &House, caller: &Caller, id: GroupId, name: &str) -> Result<Group> {
    house.groups().update(caller, id, GroupPatch { name: Some(name.into()) }).await
}

async fn put_into(house: &House, root: &Caller, user: UserId, group: GroupId) -> User {
    let patch = UserPatch { group: Change::Set(group), ..UserPatch::default() };
    house.accounts().update(root, user, patch).await.unwrap()
}

#[tokio::test]
async fn a_name_is_trimmed_and_taken_whatever_its_case_or_form() {
    let (house, root) = house().await;
    let group = create(&house, &root, "  Straße Ⅳ\n").await.unwrap();
    assert_eq!((group.name.as_str(), group.created_at), ("Straße Ⅳ", START));
    assert_eq!(house.groups().get(&root, group.id).await.unwrap(), group);
    for taken in ["Straße Ⅳ", "STRASSE IV", " ｓtraße ⅳ"] {
        let refused = create(&house, &root, taken).await;
        assert_eq!(code(&refused), Some(ErrorCode::GroupNameTaken), "{taken}");
    }
    let other = create(&house, &root, "Strase IV").await.unwrap();
    let refused = rename(&house, &root, other.id, "strasse iv").await;
    assert_eq!(code(&refused), Some(ErrorCode::GroupNameTaken));
    let own = rename(&house, &root, group.id, " STRASSE IV ").await.unwrap();
    assert_eq!(own, Group { name: "STRASSE IV".into(), ..group.clone() });
    let nothing = house.groups().update(&root, group.id, GroupPatch::default()).await;
    assert_eq!(nothing.unwrap(), own);
}

#[tokio::test]
async fn a_name_that_does_not_fit_is_named() {
    let (house, root) = house().await;
    let group = create(&house, &root, &"é".repeat(100)).await.unwrap();
    for (name, fault) in
        [("  ", Fault::TooShort(1)), (&*"x".repeat(101), Fault::TooLong(100)), ("a\0b", Fault::Nul)]
    {
        let expected = [("name".to_owned(), fault)];
        assert_eq!(faults(create(&house, &root, name).await), expected);
        assert_eq!(faults(rename(&house, &root, group.id, name).await), expected);
    }
}

#[tokio::test]
async fn admins_manage_groups_and_members_see_them() {
    let (house, root) = house().await;
    house.member("alice").await;
    let alice = house.caller("alice").await;
    let group = create(&house, &root, "Croquet").await.unwrap();
    let forbidden = Some(ErrorCode::Forbidden);
    assert_eq!(code(&create(&house, &alice, "Chess").await), forbidden);
    assert_eq!(code(&rename(&house, &alice, group.id, "Chess").await), forbidden);
    assert_eq!(code(&house.groups().delete(&alice, group.id).await), forbidden);
    let listed = house.groups().list(&alice, Page::default()).await.unwrap();
    assert_eq!(listed, (vec![group.clone()], false));
    assert_eq!(house.groups().get(&alice, group.id).await.unwrap(), group);

    let nowhere = GroupId::new(404).unwrap();
    let missing = Some(ErrorCode::GroupNotFound);
    assert_eq!(code(&house.groups().get(&alice, nowhere).await), missing);
    assert_eq!(code(&rename(&house, &root, nowhere, "Chess").await), missing);
    let nothing = house.groups().update(&root, nowhere, GroupPatch::default()).await;
    assert_eq!(code(&nothing), missing);
    assert_eq!(code(&house.groups().delete(&root, nowhere).await), missing);
}

#[tokio::test]
async fn the_people_of_a_group_are_shown_as_in_the_directory() {
    for directory in [Directory::Members, Directory::Public, Directory::Private] {
        let house = House::with(Policy { directory, ..Policy::default() }).await;
        house.admin("root").await;
        let (alice, bob) = (house.member("alice").await, house.member("bob").await);
        let (root, caller) = (house.caller("root").await, house.caller("alice").await);
        let group = create(&house, &root, "Croquet").await.unwrap().id;
        let of = async |caller: &Caller, group: GroupId| {
            house.accounts().of_group(caller, group, Page::default()).await
        };
        assert_eq!(of(&root, group).await.unwrap(), (vec![], false));
        let missing = of(&root, GroupId::new(404).unwrap()).await;
        assert_eq!(code(&missing), Some(ErrorCode::GroupNotFound));

        let alice = put_into(&house, &root, alice.id, group).await;
        let bob = put_into(&house, &root, bob.id, group).await;
        let full = [&alice, &bob].map(|user| UserView::Full(user.clone()));
        assert_eq!(of(&root, group).await.unwrap().0, full);
        let seen = of(&caller, group).await;
        if directory == Directory::Private {
            assert_eq!(code(&seen), Some(ErrorCode::Forbidden));
        } else {
            let members = [&alice, &bob].map(|user| UserView::Member(user.clone().into()));
            assert_eq!(seen.unwrap().0, members);
        }
        house.accounts().delete(&root, bob.id).await.unwrap();
        assert_eq!(of(&root, group).await.unwrap().0, full[..1]);
    }
}

#[tokio::test]
async fn the_people_of_a_deleted_group_have_none_at_their_next_request() {
    let (house, root) = house().await;
    let group = create(&house, &root, "Croquet").await.unwrap().id;
    let mut people = Vec::new();
    for name in ["alice", "bob", "carol"] {
        let user = house.member(name).await;
        put_into(&house, &root, user.id, group).await;
        let tokens = house.sign_in(name).await;
        let caller = house.authenticate(&tokens).await.unwrap();
        assert_eq!(caller.user().group, Some(group));
        people.push(tokens);
    }
    house.groups().delete(&root, group).await.unwrap();
    for tokens in &people {
        let caller = house.authenticate(tokens).await.unwrap();
        assert_eq!(caller.user().group, None, "{}", caller.user().username.as_str());
    }
    let patch = UserPatch { group: Change::Set(group), ..UserPatch::default() };
    let late = house.accounts().update(&root, root.id(), patch).await;
    assert_eq!(code(&late), Some(ErrorCode::GroupNotFound));
    assert_ne!(create(&house, &root, "Croquet").await.unwrap().id, group);
}

#[tokio::test]
async fn a_group_asked_for_again_is_the_first_one() {
    let (house, root) = house().await;
    let key = IdempotencyKey::from("the-key");
    let create = async |name: &str| {
        house.groups().create(&root, NewGroup { name: name.into() }, Some(&key)).await
    };
    let answers = futures_util::future::join_all((0..16).map(|_| create("Croquet"))).await;
    let first = answers[0].as_ref().unwrap();
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
    assert_eq!(code(&create("Chess").await), Some(ErrorCode::IdempotencyKeyReused));
}
