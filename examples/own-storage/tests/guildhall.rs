//! Guildhall on a storage that it does not know.

use std::sync::Arc;

use example_own_storage::MemoryStorage;
use guildhall_core::openapi::stream::SyncQuery;
use guildhall_core::openapi::{Credentials, NewAccount, NewMessage, Push};
use guildhall_core::passwords::{Cost, Passwords, PoolSize};
use guildhall_core::tokens::{Signing, TokenKeys, random};
use guildhall_core::{Caller, Guildhall, Origin, Policy, Result};

const PASSWORD: &str = "plum-orbit-velvet";

/// Registers and signs in.
async fn member(guildhall: &Guildhall, name: &str) -> Result<Caller> {
    let new = NewAccount {
        username: name.into(),
        email: format!("{name}@example.org").into(),
        password: PASSWORD.into(),
        full_name: None,
    };
    guildhall.accounts().register(new, &Origin::default()).await?;
    let credentials = Credentials { email: name.into(), password: PASSWORD.into() };
    let tokens = guildhall.logins().log_in(&credentials, &Origin::default()).await?;
    guildhall.logins().authenticate(&tokens.access_token, None).await
}

#[tokio::test]
async fn one_writes_and_the_other_hears_of_it() {
    let guildhall = Guildhall::new(
        Arc::new(MemoryStorage::default()),
        TokenKeys::new(&random::<32>(), Signing::default()),
        Passwords::start(Cost::default(), PoolSize::default()).unwrap(),
        Policy::default(),
    );
    let alice = member(&guildhall, "alice").await.unwrap();
    let bob = member(&guildhall, "bob").await.unwrap();
    let start = guildhall.streams().sync(&bob, SyncQuery::default()).await.unwrap();

    let new = NewMessage { content: "Remember the milk".into(), receiver_id: bob.id() };
    let message = guildhall.messages().send(&alice, new, None).await.unwrap();

    let since = SyncQuery { cursor: Some(start.cursor), ..SyncQuery::default() };
    let heard = guildhall.streams().sync(&bob, since).await.unwrap().frames;
    let pushes: Vec<_> = heard.into_iter().map(|frame| frame.push).collect();
    assert_eq!(pushes, [Push::NewMessage { message }]);
}
