//! One reader's stream, as it happens.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use guildhall_openapi::text::Cursor;
use guildhall_openapi::{CloseReason, Frame, LoginId, Push, Timestamp, UserId};
use tokio::time::{Instant, sleep, timeout_at};

use super::Place;
use super::cursor::Mark;
use super::hub::{Listener, News};
use super::reader::{Look, Reader};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::guildhall::Guildhall;

/// How many rows are read at once.
const PAGE: u32 = 25;
/// For how long a missing row is waited for before the logs are read: of two transactions that were
/// committed together the second may be heard of first.
const SOON: Duration = Duration::from_millis(5);
/// How long until the logs are read again after the storage failed.
const AGAIN: Duration = Duration::from_secs(1);

/// Why a stream ends.
#[derive(Debug)]
pub enum End {
    /// The login or the account no longer stands.
    Revoked,
    /// The access token has expired.
    Expired,
    /// The program stops.
    Stopping,
    /// The storage failed. The stream can be read on.
    Failed(Error),
}

impl End {
    /// Why the server closes the socket; `None` after a failure, which may pass.
    #[must_use]
    pub fn close_reason(&self) -> Option<CloseReason> {
        match self {
            Self::Revoked => Some(CloseReason::TokenRevoked),
            Self::Expired => Some(CloseReason::TokenExpired),
            Self::Stopping => Some(CloseReason::Stopping),
            Self::Failed(_) => None,
        }
    }
}

/// A frame on its way to one reader.
#[derive(Clone, Debug)]
pub struct Delivery {
    news: Arc<News>,
    cursor: Cursor,
    is_new: bool,
}

impl Delivery {
    /// What happened.
    #[must_use]
    pub fn push(&self) -> &Push {
        self.news.push()
    }

    /// The place right behind it.
    #[must_use]
    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// When its row was written, of what happened while the reader was there: what they catch up on is no lag.
    #[must_use]
    pub fn written_at(&self) -> Option<Timestamp> {
        self.news.written_at.filter(|_| self.is_new)
    }

    /// The frame.
    #[must_use]
    pub fn frame(&self) -> Frame {
        Frame { push: self.push().clone(), cursor: self.cursor.clone() }
    }

    /// The frame's JSON. What happened is encoded once for all readers.
    #[must_use]
    pub fn json(&self) -> String {
        // A cursor is letters, digits, `.`, `-` and `_`.
        [self.news.json(), ",\"cursor\":\"", &self.cursor, "\"}"].concat()
    }
}

/// One reader's stream. Dropping it ends it.
pub struct Stream {
    guildhall: Guildhall,
    user: UserId,
    login: Option<LoginId>,
    mark: Mark,
    listener: Listener,
    reader: Reader<Option<Arc<News>>>,
    /// Told before anything else.
    pub(super) first: VecDeque<Push>,
    ends: Option<Instant>,
    began: Timestamp,
    /// The reader may have been signed out.
    suspect: bool,
}

impl Stream {
    /// The caller's stream behind a cursor, or where it is now.
    pub(super) async fn begin(
        guildhall: &Guildhall,
        caller: &Caller,
        cursor: Option<&Cursor>,
    ) -> Result<Self> {
        let cursor = cursor.map(Cursor::check).transpose();
        let cursor = cursor.map_err(|fault| Error::field("cursor", fault))?;
        let (user, login) = (caller.id(), caller.login());
        let mark = Mark::of(caller.user(), &guildhall.keys);
        // Before the logs are looked at: what is told in between is heard.
        let listener = guildhall.hub.listen(user, login).ok_or(Error::TooMany(AGAIN))?;
        let known = cursor.and_then(|cursor| mark.read(cursor));
        let place = match known {
            Some(place) => place,
            None => guildhall.storage.read().await?.stream().head(user).await?,
        };
        listener.inbox.is_at(place);
        let began = guildhall.now();
        let mut stream = Self {
            began,
            guildhall: guildhall.clone(),
            user,
            login,
            mark,
            listener,
            reader: Reader::at(place, false),
            first: VecDeque::new(),
            ends: caller.expires_at().map(|end| {
                let micros = end.as_micros() - began.as_micros();
                Instant::now() + Duration::from_micros(u64::try_from(micros).unwrap_or(0))
            }),
            suspect: false,
        };
        match (cursor, known) {
            (Some(_), None) => stream.first.push_back(Push::ResyncRequired),
            // At once, for if it is too old that is told first.
            (Some(_), Some(_)) => stream.read().await?,
            (None, _) => {}
        }
        Ok(stream)
    }

    /// The place that the reader has come to.
    pub(super) fn cursor(&self) -> Cursor {
        self.mark.write(self.reader.place())
    }

    /// The next frame. It can be asked for again at any time, also if the future was dropped before.
    ///
    /// # Errors
    /// Why the stream ends. A failing storage is no reason: it is asked again until it answers.
    pub async fn next(&mut self) -> Result<Delivery, End> {
        loop {
            match self.look().await {
                Ok(Some(delivery)) => return Ok(delivery),
                Ok(None) => self.wait().await,
                Err(End::Failed(error)) => {
                    // One line for each reader would be thousands; upkeep says it once.
                    tracing::debug!(%error, "a stream cannot be read, it is tried again");
                    sleep(AGAIN).await;
                }
                Err(end) => return Err(end),
            }
        }
    }

    /// Waits until there may be something new.
    pub(super) async fn wait(&self) {
        let news = self.listener.inbox.news.notified();
        match self.ends {
            Some(ends) => timeout_at(ends, news).await.unwrap_or(()),
            None => news.await,
        }
    }

    /// The next frame, if there is one.
    pub(super) async fn look(&mut self) -> Result<Option<Delivery>, End> {
        if self.guildhall.hub.is_stopping() {
            return Err(End::Stopping);
        }
        if self.ends.is_some_and(|ends| ends <= Instant::now()) {
            return Err(End::Expired);
        }
        let mut paused = false;
        loop {
            if let Some(push) = self.first.pop_front() {
                return Ok(Some(
                    self.delivery(self.reader.place(), Arc::new(News::new(push, None))),
                ));
            }
            self.check().await?;
            while let Some((place, news)) = self.reader.next() {
                self.listener.inbox.is_at(place);
                if let Some(news) = news {
                    return Ok(Some(self.delivery(place, news)));
                }
            }
            if self.hear() || self.suspect {
                continue;
            }
            match self.reader.look() {
                Look::Not => return Ok(None),
                Look::Soon if !paused => {
                    paused = true;
                    sleep(SOON).await;
                }
                Look::Soon | Look::Now => self.read().await.map_err(End::Failed)?,
            }
        }
    }

    /// Takes in what has been said; whether there was anything.
    fn hear(&mut self) -> bool {
        let said = self.listener.inbox.take();
        let any = !said.rows.is_empty();
        for (told, news) in said.rows {
            self.reader.hear(told, Some(news));
        }
        if said.missed {
            self.reader.miss();
        }
        self.suspect |= said.check;
        any
    }

    /// Reads on in the logs.
    async fn read(&mut self) -> Result<()> {
        let mut reads = self.guildhall.storage.read().await?;
        let slice = reads.stream().after(self.user, self.reader.place(), PAGE).await?;
        let news = |push: Option<Push>, written_at| {
            push.map(|push| Arc::new(News::new(push, Some(written_at))))
        };
        let (head, slice) = (slice.head, slice.map(news));
        if self.reader.read(slice, PAGE as usize).is_err() {
            self.reader.jump(head);
            self.listener.inbox.is_at(head);
            self.first.push_back(Push::ResyncRequired);
        }
        Ok(())
    }

    /// Whether the reader is still signed in, when there is a doubt.
    async fn check(&mut self) -> Result<(), End> {
        if !self.suspect {
            return Ok(());
        }
        let stands = self.guildhall.logins().stands(self.user, self.login).await;
        // Where it could not be asked, it is asked again.
        self.suspect = !stands.map_err(End::Failed)?;
        if self.suspect { Err(End::Revoked) } else { Ok(()) }
    }

    fn delivery(&self, place: Place, news: Arc<News>) -> Delivery {
        let is_new = news.written_at.is_some_and(|at| at >= self.began);
        Delivery { news, cursor: self.mark.write(place), is_new }
    }
}
