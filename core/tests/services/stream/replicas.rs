//! Two Guildhalls on one database, and what goes between them or does not.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use guildhall_core::Guildhall;
use guildhall_core::openapi::{CloseReason, ErrorCode, Push};
use guildhall_core::stream::relay::{Failure, LONGEST, Relay};
use tokio::sync::{Mutex, broadcast};

use super::{Pair, ends, next, open, send};
use crate::house::code;

/// A relay between the replicas of this process.
struct Wire {
    out: broadcast::Sender<Option<String>>,
    into: Mutex<broadcast::Receiver<Option<String>>>,
}

#[async_trait]
impl Relay for Wire {
    async fn tell(&self, hint: &str) -> Result<(), Failure> {
        assert!(hint.len() <= LONGEST && hint.is_ascii(), "{hint}");
        self.out.send(Some(hint.to_owned()))?;
        Ok(())
    }

    async fn hear(&self) -> Result<Option<String>, Failure> {
        Ok(self.into.lock().await.recv().await?)
    }
}

/// Two replicas, each with its upkeep under way; what each hears besides.
fn replicas(pair: &Pair) -> ([Guildhall; 2], broadcast::Sender<Option<String>>) {
    let (wire, _) = broadcast::channel(1000);
    let replicas = [(); 2].map(|()| {
        let guildhall = pair.house.on(Arc::clone(&pair.house.storage) as _);
        let relay = Wire { out: wire.clone(), into: Mutex::new(wire.subscribe()) };
        tokio::spawn(guildhall.clone().upkeep(Some(Arc::new(relay))));
        guildhall
    });
    (replicas, wire)
}

#[tokio::test]
async fn what_happens_on_one_replica_is_told_on_the_other() {
    let pair = Pair::new().await;
    let ([here, there], _) = replicas(&pair);
    let mut stream = open(&there, &pair.bob, None).await;
    for number in 0..20 {
        let from = if number % 2 == 0 { &here } else { &there };
        let message = send(from, &pair.alice, pair.bob.id(), &number.to_string()).await;
        assert_eq!(*next(&mut stream).await.push(), Push::NewMessage { message });
    }
}

#[tokio::test]
async fn whoever_signs_out_on_one_replica_is_signed_out_on_the_other() {
    let pair = Pair::new().await;
    let ([here, there], _) = replicas(&pair);
    let tokens = pair.house.sign_in("alice").await;
    let token = tokens.access_token.as_str();
    let alice = there.logins().authenticate(token, None).await.unwrap();
    let mut stream = open(&there, &alice, None).await;
    here.logins().log_out(&alice).await.unwrap();
    assert_eq!(ends(&mut stream).await.close_reason(), Some(CloseReason::TokenRevoked));
    let refused = there.logins().authenticate(token, None).await;
    assert_eq!(code(&refused), Some(ErrorCode::NotAuthenticated));
}

/// A hint that is lost costs a look, not a message.
#[tokio::test]
async fn after_a_gap_in_what_is_heard_everyone_looks() {
    let pair = Pair::new().await;
    let ([_, there], wire) = replicas(&pair);
    let alice = pair.house.sign_in("alice").await;
    let alice = there.logins().authenticate(&alice.access_token, None).await.unwrap();
    let mut bobs = open(&there, &pair.bob, None).await;
    let mut alices = open(&there, &alice, None).await;
    // Nobody tells of it: this Guildhall has no relay.
    let message = send(&pair.house, &pair.alice, pair.bob.id(), "unheard of").await;
    pair.house.logins().log_out(&alice).await.unwrap();
    let unheard_of = tokio::time::timeout(Duration::from_millis(300), bobs.next()).await;
    assert!(unheard_of.is_err(), "nothing was heard of it: {unheard_of:?}");
    wire.send(None).unwrap();
    let push = Push::NewMessage { message };
    assert_eq!(*next(&mut bobs).await.push(), push);
    // Alice sent it, so she is told before she is signed out, or is not.
    let reason = match alices.next().await {
        Ok(delivery) => {
            assert_eq!(*delivery.push(), push);
            ends(&mut alices).await.close_reason()
        }
        Err(end) => end.close_reason(),
    };
    assert_eq!(reason, Some(CloseReason::TokenRevoked));
}

/// A replica that dies before it tells anybody.
#[tokio::test]
async fn whoever_signs_out_unheard_of_is_noticed_all_the_same() {
    let pair = Pair::new().await;
    let there = pair.house.on(Arc::clone(&pair.house.storage) as _);
    tokio::spawn(there.clone().upkeep(None));
    let (alices, bobs) =
        (open(&there, &pair.alice, None).await, open(&there, &pair.bob, None).await);
    pair.house.logins().log_out(&pair.alice).await.unwrap();
    let looked = Duration::from_secs(25);
    let (alice, bob) = tokio::join!(
        tokio::time::timeout(looked, async { { alices }.next().await.map(drop) }),
        tokio::time::timeout(looked, async { { bobs }.next().await.map(drop) }),
    );
    let reason = alice.unwrap().unwrap_err().close_reason();
    assert_eq!(reason, Some(CloseReason::TokenRevoked));
    assert!(bob.is_err(), "Bob is still signed in");
}
