//! What a database is made of before there are rows.

use futures_util::future::join_all;

use super::fixtures::{add, by_id, draft};
use crate::storage::Storage;

/// [`Storage::migrate`]: several at once, and again, do no harm.
pub async fn migrating_again_and_at_once_does_no_harm(storage: &dyn Storage) {
    for migrated in join_all((0..4).map(|_| storage.migrate())).await {
        migrated.unwrap();
    }
    let id = add(storage, &draft("alice")).await;
    storage.migrate().await.unwrap();
    assert!(by_id(storage, id).await.is_some());
}

/// [`Storage::pending_migrations`]: what [`Storage::migrate`] would do, and nothing once it is
/// done. A storage of which nothing is to be migrated can be used at once.
pub async fn what_is_to_be_migrated_is_told(storage: &dyn Storage) {
    let pending = storage.pending_migrations().await.unwrap();
    assert!(pending.is_sorted(), "{pending:?}");
    if !pending.is_empty() {
        storage.migrate().await.unwrap();
    }
    let pending = storage.pending_migrations().await.unwrap();
    assert_eq!(pending, Vec::<String>::new());
    add(storage, &draft("alice")).await;
}
