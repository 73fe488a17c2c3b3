//! The client: how it is built, and the one way in which all its calls are made.

use std::sync::Arc;
use std::time::Duration;

use guildhall_openapi::{Endpoint, ErrorCode, Language, Method, Problem};
use http::header::{CONTENT_TYPE, HeaderValue};
use tokio::sync::watch;

use crate::auth::{Auth, SignInState};
use crate::call::Call;
use crate::driver::{Driver, Repeat, Reply as _, Request};
use crate::error::{DecodeError, Error};
use crate::frames::Frames;
use crate::host::{Answer, TypedHost};
#[cfg(target_arch = "wasm32")]
use crate::page::Page;
use crate::store::{MemoryStore, TokenStore};
use crate::transport::{HttpTransport, Transport};

/// How long a call may take where nothing is said: longer than the 30 s for which `GET /sync` can
/// be held.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A client of one server, as one person or nobody. Cheap to clone; clones are the same client.
///
/// In a web page it hears by itself of other tabs that sign in and out, of a network that is back,
/// and of the page being shown again, until the last clone and the last stream are dropped.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) driver: Arc<Driver<TypedHost>>,
    #[cfg(target_arch = "wasm32")]
    pub(crate) page: Option<std::rc::Rc<Page>>,
}

impl Client {
    /// A client of the server at `base_url`, such as `https://example.org` or
    /// `https://example.org/community`.
    pub fn builder(base_url: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(Carrier::At(base_url.into()))
    }

    /// A client over a transport of one's own.
    pub fn over(transport: impl Transport) -> ClientBuilder {
        ClientBuilder::new(Carrier::Given(Box::new(transport)))
    }

    /// Signing in and out.
    #[must_use]
    pub fn auth(&self) -> Auth<'_> {
        Auth(self)
    }

    /// What happens from now on to whoever is signed in, as it happens.
    #[must_use]
    pub fn stream(&self) -> Frames {
        Frames::open(self, None)
    }

    /// What happened since a frame with this cursor, and what happens from now on.
    #[must_use]
    pub fn stream_from(&self, cursor: impl Into<String>) -> Frames {
        Frames::open(self, Some(cursor.into()))
    }

    /// Makes a call. The methods of the aggregates are this, in one line each.
    ///
    /// Calls that only read are made up to three times where no answer comes, or one that says to
    /// come back; so are calls that create something, under an `Idempotency-Key` that is made for
    /// each. All others are made once.
    ///
    /// # Errors
    /// Every [`Error`]; the codes of [`Error::Api`] are those of
    /// [`Operation::errors`](guildhall_openapi::Operation::errors).
    pub async fn send<E: Endpoint>(&self, call: Call<E>) -> Result<E::Response, Error> {
        self.answer(call).await.map(|(response, _)| response)
    }

    /// The answer to a call, and the query of the next page, if it is a list that has one.
    pub(crate) async fn answer<E: Endpoint>(
        &self,
        call: Call<E>,
    ) -> Result<(E::Response, Option<String>), Error> {
        let request = self.request(call);
        let answer = self.driver.call(request).await?;
        Ok((decode::<E>(&answer)?, next_page(&answer)))
    }

    pub(crate) fn request<E: Endpoint>(&self, call: Call<E>) -> Request<bytes::Bytes> {
        let operation = E::OPERATION;
        let repeat = match call.idempotency_key {
            Some(key) if operation.is_replayable() => Repeat::UnderKey(key),
            _ if operation.is_replayable() => Repeat::UnderKey(self.driver.idempotency_key()),
            _ if operation.method == Method::Get => Repeat::Freely,
            _ => Repeat::Never,
        };
        Request { method: operation.method.as_str(), path: call.path, payload: call.body, repeat }
    }
}

/// What a call answered, read as the contract has it.
pub(crate) fn decode<E: Endpoint>(answer: &Answer) -> Result<E::Response, Error> {
    let (status, body) = (answer.status(), answer.0.body());
    let unreadable = |error| Error::Decode(DecodeError::new(status, error));
    if !(200..300).contains(&status) {
        let problem = serde_json::from_slice(body)
            .or_else(|error| foreign_problem(status, body).ok_or_else(|| unreadable(error)))?;
        return Err(Error::api(problem, answer.retry_after().map(Duration::from_secs)));
    }
    if body.is_empty() {
        return serde_json::from_slice(b"null").map_err(unreadable);
    }
    let content_type = answer.0.headers().get(CONTENT_TYPE);
    if content_type.is_some_and(|kind| kind.as_bytes().starts_with(b"text/")) {
        let text = String::from_utf8_lossy(body).into_owned();
        return serde_json::from_value(text.into()).map_err(unreadable);
    }
    serde_json::from_slice(body).map_err(unreadable)
}

/// What can be made of a refusal that is none of the contract's: a newer server's, whose code is not
/// known here, or a gateway's.
fn foreign_problem(status: u16, body: &[u8]) -> Option<Problem> {
    let mut problem: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let code = match status {
        404 => ErrorCode::NotFound,
        405 => ErrorCode::MethodNotAllowed,
        413 => ErrorCode::BodyTooLarge,
        414 => ErrorCode::UriTooLong,
        415 => ErrorCode::UnsupportedMediaType,
        429 => ErrorCode::TooManyRequests,
        431 => ErrorCode::HeadersTooLarge,
        502..=504 => ErrorCode::Unavailable,
        500.. => ErrorCode::Internal,
        // Anything may be meant.
        _ => return None,
    };
    if problem.is_object() {
        problem["code"] = code.as_str().into();
        if let Ok(problem) = serde_json::from_value(problem) {
            return Some(problem);
        }
    }
    Some(Problem {
        r#type: "about:blank".to_owned(),
        title: String::new(),
        status,
        code,
        detail: code.detail(Language::English).to_owned(),
        request_id: String::new(),
        errors: Vec::new(),
    })
}

/// The query of `Link: <?…>; rel="next"` (RFC 8288), relative to the list's own address.
fn next_page(answer: &Answer) -> Option<String> {
    let link = answer.0.headers().get(http::header::LINK)?.to_str().ok()?;
    let (target, rest) = link.strip_prefix('<')?.split_once('>')?;
    let query = target.split_once('?')?.1;
    rest.contains("rel=\"next\"").then(|| query.to_owned())
}

/// How a client is to be.
#[must_use = "it is no client before `build`"]
pub struct ClientBuilder {
    carrier: Carrier,
    store: Box<dyn TokenStore>,
    timeout: Duration,
    language: Option<HeaderValue>,
}

enum Carrier {
    At(String),
    Given(Box<dyn Transport>),
}

impl std::fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientBuilder").finish_non_exhaustive()
    }
}

impl ClientBuilder {
    fn new(carrier: Carrier) -> Self {
        let store = Box::new(MemoryStore::default());
        Self { carrier, store, timeout: TIMEOUT, language: None }
    }

    /// Where the login is kept. Where nothing is said it is kept in memory and lost with the client.
    pub fn token_store(mut self, store: impl TokenStore) -> Self {
        self.store = Box::new(store);
        self
    }

    /// How long an answer may take, 60 s where nothing is said. A transport of one's own has its
    /// own timeout.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// In which language errors are told to people.
    pub fn language(mut self, language: Language) -> Self {
        self.language = Some(HeaderValue::from_static(language.tag()));
        self
    }

    /// The client. It connects to nothing yet.
    ///
    /// # Errors
    /// [`Error::Transport`] where the URL is none, [`Error::Store`] where the token store cannot be
    /// read.
    pub fn build(self) -> Result<Client, Error> {
        let transport = match self.carrier {
            Carrier::Given(transport) => transport,
            Carrier::At(url) => {
                Box::new(HttpTransport::new(&url, self.timeout).map_err(Error::Transport)?)
            }
        };
        let (sign_in, _) = watch::channel(SignInState::default());
        let host = TypedHost { transport, store: self.store, sign_in, language: self.language };
        let driver = Driver::new(host)?;
        let is_signed_in = driver.login().is_some();
        driver.host().sign_in.send_replace(SignInState { is_signed_in, last_change: None });
        Ok(Client {
            #[cfg(target_arch = "wasm32")]
            page: Page::watch(&driver),
            driver,
        })
    }
}
