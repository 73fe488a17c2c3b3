//! Whether the service lives and is ready.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use guildhall_core::Guildhall;
use guildhall_openapi::ErrorCode;
use poem::web::Data;
use poem::{
    Endpoint, FromRequest as _, IntoResponse as _, Request, Response, Result, Route, get, handler,
};
use serde_json::{Value, json};

use crate::draining::Draining;
use crate::refusal::Refusal;

/// For how long those who ask are told the same.
const FRESH: Duration = Duration::from_secs(1);

/// `/healthz` and `/readyz`.
pub(crate) fn routes(route: Route) -> Route {
    route.at("/healthz", get(healthz)).at("/readyz", get(Readyz::default()))
}

fn ok() -> poem::web::Json<Value> {
    poem::web::Json(json!({ "status": "ok" }))
}

#[handler]
fn healthz() -> poem::web::Json<Value> {
    ok()
}

/// Asks the database, at most once a second however many ask for it: anyone may. Before the end nobody has to be asked.
#[derive(Default)]
struct Readyz(Recent<Result<(), Refusal>>);

impl Endpoint for Readyz {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        if request.data::<Draining>().is_some_and(Draining::has_begun) {
            return Err(Refusal::from(ErrorCode::Unavailable).into());
        }
        let guildhall = Data::<&Guildhall>::from_request_without_body(&request).await?.0.clone();
        let ping = || async move { guildhall.ping().await.map_err(Refusal::from) }.boxed();
        self.0.get(Instant::now(), ping).await?;
        Ok(ok().into_response())
    }
}

/// Something that was asked for a moment ago, and may not be there yet.
struct Recent<T: Clone>(Mutex<Option<(Instant, Shared<BoxFuture<'static, T>>)>>);

impl<T: Clone> Default for Recent<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone> Recent<T> {
    /// What was asked for within [`FRESH`], else it is asked for now. What hangs keeps nobody longer than that from
    /// trying anew.
    fn get(
        &self,
        now: Instant,
        ask: impl FnOnce() -> BoxFuture<'static, T>,
    ) -> Shared<BoxFuture<'static, T>> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = last.as_ref().filter(|(at, _)| now.saturating_duration_since(*at) < FRESH);
        if let Some((_, answer)) = recent {
            return answer.clone();
        }
        let answer = ask().shared();
        *last = Some((now, answer.clone()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn those_who_ask_within_a_second_share_an_answer() {
        let (recent, start) = (Recent::default(), Instant::now());
        assert_eq!(recent.get(start, || ready(1).boxed()).await, 1);
        assert_eq!(recent.get(start + FRESH / 2, || unreachable!()).await, 1);
        assert_eq!(recent.get(start + FRESH, || ready(2).boxed()).await, 2);
    }

    #[tokio::test]
    async fn one_that_hangs_holds_up_nobody_later() {
        let (recent, start) = (Recent::default(), Instant::now());
        let hangs = recent.get(start, || pending().boxed());
        assert_eq!(recent.get(start + FRESH, || ready(2).boxed()).await, 2);
        assert!(hangs.now_or_never().is_none());
    }
}
