//! Lists of accounts.

use guildhall_openapi::page::Page;
use guildhall_openapi::{User, UserId};

use super::super::fixtures::{NOW, add, add_group, change, disable, draft, pages};
use crate::accounts::{Draft, UserFilter};
use crate::identity::{Keys, fold};
use crate::storage::Storage;

async fn list(storage: &dyn Storage, filter: &UserFilter) -> (Vec<User>, bool) {
    let mut reads = storage.read().await.unwrap();
    reads.accounts().list(filter).await.unwrap()
}

async fn add_named(storage: &dyn Storage, number: usize, full_name: &str) -> UserId {
    let draft = Draft { full_name: Some(full_name.into()), ..draft(&format!("user{number}")) };
    add(storage, &draft).await
}

/// Pages by `skip` and by `after`, in id order, each with the word whether there is more.
pub async fn pages_are_in_id_order_and_tell_of_more(storage: &dyn Storage) {
    assert_eq!(list(storage, &UserFilter::default()).await, (vec![], false));
    let mut ids = [UserId::FIRST; 7];
    for (number, id) in ids.iter_mut().enumerate() {
        *id = add_named(storage, number, "").await;
    }
    // An update must not move a row.
    disable(storage, ids[2]).await;
    for (page, expected) in pages(&ids) {
        let (users, more) = list(storage, &UserFilter { page, ..UserFilter::default() }).await;
        let users: Vec<_> = users.iter().map(|user| user.id).collect();
        assert_eq!((users, more), expected, "{page:?}");
    }
}

/// Every set of filters shows what each of them alone would leave.
pub async fn filters_go_together(storage: &dyn Storage) {
    let mut people = Vec::new();
    let group = add_group(storage, "group").await;
    for number in 0..12 {
        let full_name = ["Ann", "Ben"][number % 2];
        let id = add_named(storage, number, full_name).await;
        let edited = change(storage, id, |account| {
            account.user.deleted_at = (number % 3 == 0).then_some(NOW);
            account.user.group = (number % 4 < 2).then_some(group);
        });
        people.push(edited.await.user);
    }
    for combination in 0..16 {
        let on = |bit: u8| combination & bit != 0;
        let filter = UserFilter {
            search: on(1).then(|| "ben".into()),
            group: on(2).then_some(group),
            include_deleted: on(4),
            page: Page { after: on(8).then(|| people[4].id), ..Page::default() },
        };
        let expected = people.iter().filter(|user| {
            filter.search.as_ref().is_none_or(|part| Keys::of(user).search.contains(part))
                && (filter.group.is_none() || user.group == filter.group)
                && (filter.include_deleted || user.deleted_at.is_none())
                && filter.page.after.is_none_or(|after| user.id > after)
        });
        let (shown, more) = list(storage, &filter).await;
        assert_eq!(shown, expected.cloned().collect::<Vec<_>>(), "{filter:?}");
        assert!(!more);
    }
}

/// A search looks for the very characters, in usernames and full names, without regard to case.
pub async fn a_search_finds_what_it_says(storage: &dyn Storage) {
    let names = [
        "100% Sure",
        "100 sure",
        "snake_case",
        "snakeXcase",
        r"back\slash",
        "backslash",
        "ÉCOLE Ωmega",
        "it's \"quoted\"",
        "👍🏽 thumbs",
    ];
    let mut ids = Vec::new();
    for (number, name) in names.into_iter().enumerate() {
        ids.push(add_named(storage, number, name).await);
    }
    for (part, found) in [
        ("SURE", vec![0, 1]),
        ("%", vec![0]),
        ("0%", vec![0]),
        ("_", vec![2]),
        ("e_c", vec![2]),
        (r"\", vec![4]),
        (r"k\s", vec![4]),
        (r"\%", vec![]),
        ("école ω", vec![6]),
        ("'", vec![7]),
        ("\"", vec![7]),
        ("🏽", vec![8]),
        ("user3", vec![3]),
        ("USER", (0..9).collect()),
        ("nobody", vec![]),
        ("SURE ", vec![]),
        ("", (0..9).collect()),
        ("*", vec![]),
    ] {
        let filter = UserFilter { search: Some(fold(part)), ..UserFilter::default() };
        let (users, _) = list(storage, &filter).await;
        let users: Vec<_> = users.iter().map(|user| user.id).collect();
        let found: Vec<_> = found.into_iter().map(|index: usize| ids[index]).collect();
        assert_eq!(users, found, "{part}");
    }
}
