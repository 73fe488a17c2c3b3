//! Lists, page by page or row by row.

use std::future::IntoFuture;
use std::ops::Deref;
use std::vec;

use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use guildhall_openapi::Endpoint;

use crate::call::Call;
use crate::client::Client;
use crate::driver::BoxFuture;
use crate::error::Error;

/// A list that can be asked for: awaited, it is its first page; [`List::rows`] reads it whole, page
/// by page, as it is needed.
///
/// ```no_run
/// # use futures_util::TryStreamExt as _;
/// # use guildhall_client::{Client, contract::events::EventQuery};
/// # async fn run(client: Client) -> Result<(), guildhall_client::Error> {
/// let page = client.events().list(&EventQuery::default()).await?;
/// println!("{} events, and more: {}", page.len(), page.has_more);
///
/// let mut events = client.events().list(&EventQuery::default()).rows();
/// while let Some(event) = events.try_next().await? {
///     println!("{}", &*event.title);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "nothing is asked for before it is awaited or its rows are"]
pub struct List<T, E: Endpoint<Response = Vec<T>>> {
    client: Client,
    call: Call<E>,
}

/// One page of a list: its rows, and whether there are more behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether the list goes on.
    pub has_more: bool,
}

impl<T> Deref for Page<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.rows
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> vec::IntoIter<T> {
        self.rows.into_iter()
    }
}

impl<T: 'static, E: Endpoint<Response = Vec<T>> + 'static> List<T, E> {
    pub(crate) fn new(client: &Client, call: Call<E>) -> Self {
        Self { client: client.clone(), call }
    }

    /// All pages, from the one that was asked for on; `limit` says how many rows each has.
    pub fn pages(self) -> impl Stream<Item = Result<Vec<T>, Error>> + Unpin {
        let Self { client, call } = self;
        let pages = stream::try_unfold(Some(call), move |call| {
            let client = client.clone();
            async move {
                let Some(call) = call else { return Ok(None) };
                let path = call.path.clone();
                let (rows, next) = client.answer(call).await?;
                Ok(Some((rows, next.map(|query| Call::at(&path, &query)))))
            }
        });
        Box::pin(pages)
    }

    /// All rows, from the first that was asked for on. Rows that are made or deleted meanwhile make
    /// none come twice where the list is paged by id.
    pub fn rows(self) -> impl Stream<Item = Result<T, Error>> + Unpin {
        self.pages().map_ok(|rows| stream::iter(rows).map(Ok)).try_flatten()
    }
}

impl<T: 'static, E: Endpoint<Response = Vec<T>> + 'static> IntoFuture for List<T, E> {
    type Output = Result<Page<T>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let (rows, next) = self.client.answer(self.call).await?;
            Ok(Page { rows, has_more: next.is_some() })
        })
    }
}
