//! Lists that are longer than a page.

use std::collections::HashSet;

use futures_util::TryStreamExt as _;
use guildhall_client::{Client, Error, Page as Rows};
use guildhall_openapi::accounts::UserQuery;
use guildhall_openapi::messages::{ConversationQuery, ReceivedQuery};
use guildhall_openapi::page::{Limit, Page, Recent, Skip};
use guildhall_openapi::{Conversation, Message, UserView};

use crate::messages::send;
use crate::support::{World, on_both};

const COUNT: u64 = 12;

on_both! {
    /// A row that is left out or shown twice between two pages, or a page that is said to be the
    /// last and is not.
    async fn a_list_read_row_by_row_is_the_whole_list(world) {
        let (reader, api) = world.someone().await;
        for _ in 1..COUNT {
            let (_, other) = world.someone().await;
            send(&other, reader.id, "Hello").await;
        }
        send(&api, reader.id, "Myself").await;
        for limit in 1..=COUNT + 1 {
            oldest_first(&api, limit).await;
            newest_first(&api, limit).await;
            by_number(&api, limit).await;
        }
        while_it_grows(world, &api).await;
    }
}

fn limit(rows: u64) -> Limit {
    rows.try_into().unwrap()
}

/// Whether a first page is as long as it should be, and says whether there is more.
fn is_first<T>(page: Result<Rows<T>, Error>, limit: u64) {
    let page = page.unwrap();
    assert_eq!(page.len() as u64, limit.min(COUNT), "by {limit}");
    assert_eq!(page.has_more, limit < COUNT, "by {limit}");
}

async fn oldest_first(client: &Client, by: u64) {
    let page = Page { limit: limit(by), ..Page::default() };
    let query = UserQuery { page, ..UserQuery::default() };
    let list = || client.accounts().list(&query);
    is_first(list().await, by);
    let whole = client.accounts().list(&UserQuery::default()).await.unwrap();
    let rows: Vec<UserView> = list().rows().try_collect().await.unwrap();
    assert_eq!(rows, whole.rows, "by {by}");
}

async fn newest_first(client: &Client, by: u64) {
    let page = Recent { limit: limit(by), ..Recent::default() };
    let list = || client.messages().received(&ReceivedQuery { unread: None, page });
    is_first(list().await, by);
    let whole = client.messages().received(&ReceivedQuery::default()).await.unwrap();
    let rows: Vec<Message> = list().rows().try_collect().await.unwrap();
    assert_eq!(rows, whole.rows, "by {by}");
    assert!(rows.is_sorted_by_key(|message| std::cmp::Reverse(message.id)));
}

/// Conversations have no fixed place, so their pages go by number.
async fn by_number(client: &Client, by: u64) {
    let list = |skip: u64, by: u64| {
        let skip = Skip::try_from(skip).unwrap();
        client.messages().conversations(&ConversationQuery { skip, limit: limit(by) })
    };
    is_first(list(0, by).await, by);
    let whole = list(0, 1000).await.unwrap().rows;
    for skip in [0, 1, COUNT - 1, COUNT] {
        let rows: Vec<Conversation> = list(skip, by).rows().try_collect().await.unwrap();
        assert_eq!(rows, whole[usize::try_from(skip).unwrap()..], "by {by}, without {skip}");
    }
}

/// What comes while one reads makes nothing come twice.
async fn while_it_grows(world: &World, client: &Client) {
    let (_, other) = world.someone().await;
    let me = client.accounts().me().await.unwrap().id;
    let before = client.messages().received(&ReceivedQuery::default()).await.unwrap();
    let page = Recent { limit: limit(2), ..Recent::default() };
    let mut rows = client.messages().received(&ReceivedQuery { unread: None, page }).rows();
    let (mut read, mut ids) = (Vec::new(), HashSet::new());
    while let Some(message) = rows.try_next().await.unwrap() {
        send(&other, me, "Meanwhile").await;
        assert!(ids.insert(message.id));
        read.push(message);
    }
    assert_eq!(read, before.rows);
}
