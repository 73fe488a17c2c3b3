//! The server as its callers see it.
//!
//! What the product does is asked through the client: an [`Api`] is one, and its transport
//! ([`Checked`]) holds every answer against the document. Requests made by hand ([`Api::request`],
//! [`Api::get`] and so on) are for the wire itself, for what the client would not send or does not
//! show: bodies, parameters and tokens that are none, headers, links from page to page, the exact
//! shape of answers and errors, addresses with a slash behind them or from before.

use std::fmt::Debug;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use guildhall_client::transport::HttpTransport;
use guildhall_client::{Call, Client, Error, MemoryStore, SavedLogin, TokenStore as _};
use guildhall_openapi::logins::LogIn;
use guildhall_openapi::{ErrorCode, Problem, Tokens};
use reqwest::{Method, RequestBuilder};
use serde::Serialize;

use super::{Checked, PASSWORD, Reply, credentials};

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server, and as whom it is asked.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) address: SocketAddr,
    transport: Arc<Checked<HttpTransport>>,
    by_hand: reqwest::Client,
    client: Client,
    login: Option<SavedLogin>,
}

impl Deref for Api {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Api {
    pub(crate) fn at(address: SocketAddr) -> Self {
        let transport = HttpTransport::new(&format!("http://{address}"), PATIENCE).unwrap();
        let transport = Arc::new(Checked(transport));
        let policy = reqwest::redirect::Policy::none();
        let by_hand = reqwest::Client::builder().redirect(policy).user_agent("a test").build();
        let client = Client::over(Arc::clone(&transport)).build().unwrap();
        Self { address, transport, by_hand: by_hand.unwrap(), client, login: None }
    }

    /// The same server, asked by another device, which has this login.
    fn with_login(&self, login: Option<SavedLogin>) -> Self {
        let store = MemoryStore::default();
        store.save(login.as_ref()).unwrap();
        let client = Client::over(Arc::clone(&self.transport)).token_store(store).build().unwrap();
        Self { client, login, ..self.clone() }
    }

    /// The same server, asked with an access token that cannot be renewed.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        self.with_login(Some(SavedLogin {
            access_token: token.to_owned(),
            refresh_token: "none".to_owned(),
            signed_in_at: 0,
            obtained_at: 0,
            lifetime: u64::MAX,
        }))
    }

    /// Another server, asked with the tokens of the beginning.
    pub(crate) fn moved_to(&self, other: &Self) -> Self {
        other.with_login(self.login.clone())
    }

    /// The same server, asked by whoever has this name and the usual password.
    pub(crate) async fn sign_in(&self, name: &str) -> Self {
        let store = Arc::new(MemoryStore::default());
        let client = Client::over(Arc::clone(&self.transport)).token_store(Arc::clone(&store));
        let client = client.build().unwrap();
        client.auth().sign_in(name, PASSWORD).await.unwrap();
        Self { client, login: store.load().unwrap(), ..self.clone() }
    }

    /// The tokens themselves of another sign-in, which the client keeps to itself.
    pub(crate) async fn log_in(&self, name: &str) -> Tokens {
        self.client.send(Call::<LogIn>::to(&[]).body(&credentials(name))).await.unwrap()
    }

    /// The access token of the beginning, whatever the client made of it since.
    pub(crate) fn token(&self) -> Option<&str> {
        self.login.as_ref().map(|login| login.access_token.as_str())
    }

    /// Asserts that the access token of the beginning is good for nothing.
    pub(crate) async fn is_cut_off(&self) {
        self.get("/auth/me").await.refused(ErrorCode::NotAuthenticated);
    }

    /// A request with that token, to be filled.
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.by_hand.request(method, format!("http://{}{path}", self.address));
        match self.token() {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        Reply::to(self.request("GET", path)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        Reply::to(self.request("DELETE", path)).await
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, body: &impl Serialize) -> Reply {
        Reply::to(self.request(method, path).json(body)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &impl Serialize) -> Reply {
        self.ask("POST", path, body).await
    }
}

/// What the client says where the server said no.
pub(crate) trait Refused {
    /// Asserts this code.
    fn refused(self, code: ErrorCode) -> Problem;
}

impl<T: Debug> Refused for Result<T, Error> {
    #[track_caller]
    fn refused(self, code: ErrorCode) -> Problem {
        match self {
            Err(Error::Api { code: said, problem, .. }) if said == code => *problem,
            other => panic!("{code} was expected: {other:?}"),
        }
    }
}

/// A path of the contract with this id for its parameter, if it has one.
pub(crate) fn filled(path: &str, id: i64) -> String {
    match path.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?.1))) {
        Some((before, after)) => format!("{before}{id}{}", filled(after, id)),
        None => path.to_owned(),
    }
}
