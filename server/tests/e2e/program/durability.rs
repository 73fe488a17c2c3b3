//! What was answered with success is kept, whatever happens to the machine.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use guildhall_client::Error;

use crate::support::{Api, Folder, account};
use crate::users::everyone;

const WRITERS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_registration_is_lost_to_kill_9() {
    let folder = Folder::new();
    let running = folder.serve(&[]);
    let api = running.api().await;
    let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| tokio::spawn(write(api.clone(), writer, Arc::clone(&acknowledged))))
        .collect();
    while acknowledged.lock().unwrap().len() < 40 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    running.kill();
    for writer in writers {
        writer.await.unwrap();
    }
    let acknowledged = std::mem::take(&mut *acknowledged.lock().unwrap());

    let running = folder.serve(&[("DIRECTORY", "public")]);
    let api = running.api().await;
    let users = everyone(&api, false).await;
    let stored: BTreeSet<_> = users.iter().map(|user| user.username().to_owned()).collect();
    let lost: Vec<_> = acknowledged.difference(&stored).collect();
    assert!(lost.is_empty(), "{lost:?} of {}", acknowledged.len());
    assert!(stored.len() <= acknowledged.len() + WRITERS, "what nobody asked for");
    let last = acknowledged.last().unwrap();
    api.sign_in(last).await;
}

/// Registers one after the other until the server is gone.
async fn write(api: Api, writer: usize, acknowledged: Arc<Mutex<BTreeSet<String>>>) {
    for i in 0.. {
        let name = format!("writer{writer}.{i:04}");
        match api.auth().sign_up(&account(&name)).await {
            Ok(_) => {}
            Err(Error::Transport(_)) => return,
            Err(other) => panic!("{other}"),
        }
        acknowledged.lock().unwrap().insert(name);
    }
}
