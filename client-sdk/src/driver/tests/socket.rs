//! A simulated WebSocket, as a browser shows it: without pings.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::super::{BoxFuture, Heard, Kind, Opened, Socket, Told};
use super::host::Device;
use super::web::{LATENCY, Lost, Trouble, Web, told};
use crate::engine::sign_in::tabs::server::{ends_at, login_of};

struct Line {
    web: Arc<Web>,
    number: u64,
    era: u64,
    token: String,
    is_ready: bool,
    place: u64,
    closing: Option<(u16, &'static str)>,
}

/// Opens the stream, at `/ws` with a token in the header or at `/ws/{ticket}`.
pub(super) async fn connect(web: &Arc<Web>, path: &str, token: Option<&str>) -> Opened<Device> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let token = token.or(path.strip_prefix("/ws/")).unwrap().to_owned();
    let trouble = web.begin("GET", "/ws", "");
    tokio::time::sleep(LATENCY).await;
    let closing = match trouble {
        Some(Trouble::Closed(status, reason)) => Some((status, reason)),
        Some(Trouble::Silence) => std::future::pending().await,
        Some(_) => return Err(Lost),
        None => None,
    };
    let place = query.strip_prefix("cursor=").map(|cursor| cursor.parse().unwrap());
    let mut known = web.known();
    known.sockets += 1;
    Ok(Box::new(Line {
        web: Arc::clone(web),
        number: known.sockets,
        era: known.era,
        token,
        is_ready: false,
        place: place.unwrap_or(known.frames),
        closing,
    }))
}

impl Line {
    fn says(&mut self) -> Option<Heard<u64>> {
        let known = self.web.known();
        if self.number <= known.ghosts {
            return None;
        }
        if let Some((status, reason)) = self.closing {
            return Some(Heard::Closed(Some(status), reason.to_owned()));
        }
        if self.era != known.era {
            return Some(Heard::Closed(None, String::new()));
        }
        if known.logins.is_ended(login_of(&self.token)) {
            return Some(Heard::Closed(Some(1008), "token_revoked".to_owned()));
        }
        if !known.logins.takes(&self.token, self.web.now()) {
            return Some(Heard::Closed(Some(1008), "token_expired".to_owned()));
        }
        if !self.is_ready {
            self.is_ready = true;
            let cursor = self.place.to_string();
            return Some(Heard::Told(Told { kind: Kind::Ready, cursor, frame: None }));
        }
        let frame = (self.place < known.frames).then(|| Heard::Told(told(self.place)))?;
        self.place += 1;
        Some(frame)
    }
}

impl Socket<u64> for Line {
    fn hear(&mut self) -> BoxFuture<'_, Heard<u64>> {
        Box::pin(async move {
            let end = self.web.start + Duration::from_millis(ends_at(&self.token));
            loop {
                let web = Arc::clone(&self.web);
                let news = web.news.notified();
                if let Some(heard) = self.says() {
                    return heard;
                }
                tokio::select! {
                    () = news => {}
                    () = sleep_until(end), if Instant::now() < end => {}
                }
            }
        })
    }
}
