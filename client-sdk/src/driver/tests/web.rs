//! A server, and the network before it, as bad as a test wants it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout_at};

use super::super::{Kind, Repeat, Reply, Request, SavedLogin, Told};
use crate::engine::sign_in::tabs::server::{Pair, Server, login_of};

/// How long anything is on its way.
pub(super) const LATENCY: Duration = Duration::from_millis(20);

/// No answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lost;

/// What becomes of one request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trouble {
    /// It does not arrive.
    RequestLost,
    /// It is carried out, and the answer does not arrive.
    AnswerLost,
    /// It is carried out, and nobody hears of it or of anything else.
    Silence,
    /// It is not carried out and gets this status, and seconds to wait.
    Status(u16, Option<u64>),
    /// A socket is opened, and closed with this status and reason.
    Closed(u16, &'static str),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    status: u16,
    code: &'static str,
    retry_after: Option<u64>,
    pair: Option<Pair>,
    ticket: Option<String>,
    frames: Option<(Vec<Told<u64>>, String)>,
}

impl Reply for Answer {
    type Frame = u64;

    fn status(&self) -> u16 {
        self.status
    }

    fn has_code(&self, code: &str) -> bool {
        self.code == code
    }

    fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    fn tokens(&self) -> Option<SavedLogin> {
        self.pair.clone().map(|pair| SavedLogin {
            access_token: pair.access,
            refresh_token: pair.refresh,
            signed_in_at: 0,
            obtained_at: 0,
            lifetime: pair.lifetime,
        })
    }

    fn ticket(&self) -> Option<String> {
        self.ticket.clone()
    }

    fn frames(&self) -> Option<(Vec<Told<u64>>, String)> {
        self.frames.clone()
    }
}

/// What a server knows. Its frames are the numbers from 0, each behind the cursor of its own name.
pub(super) struct Known {
    pub(super) logins: Server,
    /// How many frames there are.
    pub(super) frames: u64,
    /// All sockets of an older era are broken.
    pub(super) era: u64,
    /// How many sockets were opened, and up to which they stay open and say no more.
    pub(super) sockets: u64,
    pub(super) ghosts: u64,
    /// Each request that was sent, as `METHOD /path`, with ` #` behind it where it has a key.
    pub(super) sent: Vec<String>,
    /// How often each path was carried out.
    pub(super) done: Vec<String>,
    troubles: VecDeque<(&'static str, Trouble)>,
}

/// The server and the way to it.
pub(super) struct Web {
    pub(super) start: Instant,
    known: Mutex<Known>,
    /// Told whenever a socket or a poll has reason to look.
    pub(super) news: Notify,
}

impl Web {
    pub(super) fn new(lifetime: u64) -> Self {
        let known = Known {
            logins: Server::new(lifetime),
            frames: 0,
            era: 0,
            sockets: 0,
            ghosts: 0,
            sent: Vec::new(),
            done: Vec::new(),
            troubles: VecDeque::new(),
        };
        Self { start: Instant::now(), known: Mutex::new(known), news: Notify::new() }
    }

    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap()
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap()
    }

    /// What becomes of the next request to a path.
    pub(super) fn trouble(&self, path: &'static str, trouble: Trouble) {
        self.known().troubles.push_back((path, trouble));
    }

    /// How many of the requests that were sent begin like this.
    pub(super) fn sent(&self, start: &str) -> usize {
        self.known().sent.iter().filter(|sent| sent.starts_with(start)).count()
    }

    /// How many requests to a path were carried out.
    pub(super) fn done(&self, path: &str) -> usize {
        self.known().done.iter().filter(|done| *done == path).count()
    }

    /// Something happens that the stream tells.
    pub(super) fn tell(&self, frames: u64) {
        self.known().frames += frames;
        self.news.notify_waiters();
    }

    /// All sockets break.
    pub(super) fn cut(&self) {
        self.known().era += 1;
        self.news.notify_waiters();
    }

    /// All sockets stay open and say no more.
    pub(super) fn haunt(&self) {
        let mut known = self.known();
        known.ghosts = known.sockets;
    }

    /// The only login ends.
    pub(super) fn revoke(&self) {
        self.known().logins.end(0);
        self.news.notify_waiters();
    }

    /// Writes down that a request is sent: what becomes of it, where that is no answer.
    pub(super) fn begin(&self, method: &str, path: &str, marks: &str) -> Option<Trouble> {
        let mut known = self.known();
        known.sent.push(format!("{method} {path}{marks}"));
        let position = known.troubles.iter().position(|(of, _)| *of == path)?;
        known.troubles.remove(position).map(|(_, trouble)| trouble)
    }

    pub(super) async fn send(
        &self,
        request: &Request<String>,
        token: Option<&str>,
    ) -> Result<Answer, Lost> {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let mark = if matches!(request.repeat, Repeat::UnderKey(_)) { " #" } else { "" };
        let trouble = self.begin(request.method, path, mark);
        let era = self.known().era;
        sleep(LATENCY).await;
        match trouble {
            Some(Trouble::RequestLost) => return Err(Lost),
            Some(Trouble::Status(status, retry_after)) => {
                return Ok(Answer { status, retry_after, ..Answer::default() });
            }
            Some(Trouble::AnswerLost) => {
                self.answer(path, query, &request.payload, token).await;
                return Err(Lost);
            }
            Some(Trouble::Silence | Trouble::Closed(..)) => {
                self.answer(path, query, &request.payload, token).await;
                std::future::pending::<()>().await;
            }
            None => {}
        }
        let answer = self.answer(path, query, &request.payload, token).await;
        sleep(LATENCY).await;
        // A connection that is cut takes the answer of a poll along.
        if path == "/sync" && era != self.known().era { Err(Lost) } else { Ok(answer) }
    }

    async fn answer(&self, path: &str, query: &str, body: &str, token: Option<&str>) -> Answer {
        let now = self.now();
        let ok = Answer { status: 200, ..Answer::default() };
        self.known().done.push(path.to_owned());
        match path {
            "/login" => return Answer { pair: Some(self.known().logins.sign_in(now)), ..ok },
            "/auth/refresh" => {
                let shown = body.split('"').nth(3).unwrap();
                return match self.known().logins.refresh(shown, now) {
                    Some(pair) => Answer { pair: Some(pair), ..ok },
                    None => Answer { status: 401, code: "invalid_refresh_token", ..ok },
                };
            }
            _ => {}
        }
        let Some(token) = token.filter(|token| self.known().logins.takes(token, now)) else {
            return Answer { status: 401, code: "not_authenticated", ..ok };
        };
        match path {
            "/auth/logout" => {
                self.known().logins.end(login_of(token));
                self.news.notify_waiters();
                ok
            }
            "/ws/ticket" => Answer { ticket: Some(token.to_owned()), ..ok },
            "/sync" => Answer { frames: Some(self.sync(query).await), ..ok },
            _ => ok,
        }
    }

    async fn sync(&self, query: &str) -> (Vec<Told<u64>>, String) {
        let part = |name| query.split('&').find_map(|part| part.strip_prefix(name));
        let wait = part("wait=").map_or(0, |wait| wait.parse().unwrap());
        let until = Instant::now() + Duration::from_secs(wait);
        let Some(place) = part("cursor=").map(|cursor| cursor.parse::<u64>().unwrap()) else {
            return (Vec::new(), self.known().frames.to_string());
        };
        loop {
            let news = self.news.notified();
            let end = self.known().frames.min(place + 100);
            if end > place || timeout_at(until, news).await.is_err() {
                return ((place..end).map(told).collect(), end.to_string());
            }
        }
    }
}

/// A frame of the stream.
pub(super) fn told(number: u64) -> Told<u64> {
    Told { kind: Kind::News, cursor: (number + 1).to_string(), frame: Some(number) }
}
