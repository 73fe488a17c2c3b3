//! The stream where there are no sockets: `GET /sync`, asked again and again.

use std::sync::{Arc, Mutex, PoisonError};
use std::vec;

use super::super::{
    BoxFuture, Driver, FrameOf, Heard, Host, Kind, Loss, Reply as _, Request, Socket, Told,
};
use super::plain;

/// How long the server holds its answer where there is nothing to tell, in seconds. Shorter than
/// what proxies cut off.
const WAIT: &str = "25";

/// Frames, and the cursor behind them.
type Slice<F> = (Vec<Told<F>>, String);

type Asking<F> = BoxFuture<'static, Result<Slice<F>, Loss>>;

/// What looks like a socket.
pub(super) struct Polling<H: Host> {
    driver: Arc<Driver<H>>,
    cursor: String,
    told: vec::IntoIter<Told<FrameOf<H>>>,
    /// What is asked goes on where whoever waited for it gave up. Never locked: a future alone
    /// cannot be looked at by two threads.
    asking: Mutex<Option<Asking<FrameOf<H>>>>,
}

impl<H: Host> Polling<H> {
    /// Asks once, without a wait: what cannot be asked is no connection.
    pub(super) async fn open(driver: Arc<Driver<H>>, cursor: Option<String>) -> Result<Self, Loss> {
        let (told, cursor) = ask(Arc::clone(&driver), cursor, "0").await?;
        Ok(Self { driver, cursor, told: told.into_iter(), asking: Mutex::default() })
    }

    async fn next(&mut self) -> Heard<FrameOf<H>> {
        if self.told.len() == 0 {
            let asking = self.asking.get_mut().unwrap_or_else(PoisonError::into_inner);
            let cursor = || Some(self.cursor.clone());
            let answer = asking
                .get_or_insert_with(|| Box::pin(ask(Arc::clone(&self.driver), cursor(), WAIT)));
            let answer = answer.await;
            *asking = None;
            match answer {
                Ok((told, cursor)) => (self.told, self.cursor) = (told.into_iter(), cursor),
                Err(loss) => {
                    let refused = (loss == Loss::Refused).then_some(1008);
                    return Heard::Closed(refused, String::new());
                }
            }
        }
        self.told.next().map_or(Heard::Alive, Heard::Told)
    }
}

async fn ask<H: Host>(
    driver: Arc<Driver<H>>,
    cursor: Option<String>,
    wait: &str,
) -> Result<Slice<FrameOf<H>>, Loss> {
    let path = match &cursor {
        Some(cursor) => ["/sync?wait=", wait, "&cursor=", plain(cursor)].concat(),
        None => "/sync".to_owned(),
    };
    let reply = driver.call(Request::get(path)).await.map_err(|_| Loss::Broken)?;
    let Some((mut frames, cursor)) = reply.frames() else {
        return Err(if reply.status() == 401 { Loss::Refused } else { Loss::Broken });
    };
    if frames.is_empty() {
        frames.push(Told { kind: Kind::News, cursor: cursor.clone(), frame: reply.place() });
    }
    Ok((frames, cursor))
}

impl<H: Host> Socket<FrameOf<H>> for Polling<H> {
    fn hear(&mut self) -> BoxFuture<'_, Heard<FrameOf<H>>> {
        Box::pin(self.next())
    }
}
