//! The server as its callers see it.

use std::net::SocketAddr;

use guildhall_openapi::logins::LogIn;
use guildhall_openapi::{Endpoint, ErrorCode, Language, Problem};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Document, credentials};

/// A server, and as whom it is asked.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) address: SocketAddr,
    client: Client,
    token: Option<String>,
}

impl Api {
    pub(crate) fn at(address: SocketAddr) -> Self {
        let policy = reqwest::redirect::Policy::none();
        let client = Client::builder().redirect(policy).user_agent("a test").build().unwrap();
        Self { address, client, token: None }
    }

    /// The same server, asked with an access token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Another server, asked with the same token.
    pub(crate) fn moved_to(&self, other: &Self) -> Self {
        Self { address: other.address, ..self.clone() }
    }

    /// The same server, asked by whoever has this name and the usual password.
    pub(crate) async fn sign_in(&self, name: &str) -> Self {
        let tokens = self.call::<LogIn>(&credentials(name)).await;
        self.with_token(&tokens.access_token)
    }

    /// The access token with which it is asked.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// A request, to be filled.
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.client.request(method, format!("http://{}{path}", self.address));
        match &self.token {
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

    pub(crate) async fn send(&self, method: &str, path: &str, body: &impl Serialize) -> Reply {
        Reply::to(self.request(method, path).json(body)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &impl Serialize) -> Reply {
        self.send("POST", path, body).await
    }

    /// A call of the contract whose path has no parameter, which has to succeed.
    pub(crate) async fn call<E: Endpoint>(&self, body: &E::Request) -> E::Response {
        self.call_at::<E>(E::OPERATION.path, body).await
    }

    /// A call of the contract, its path given, which has to succeed.
    pub(crate) async fn call_at<E: Endpoint>(&self, path: &str, body: &E::Request) -> E::Response {
        let mut request = self.request(E::OPERATION.method.as_str(), path);
        if E::OPERATION.has_body {
            request = request.json(body);
        }
        let reply = Reply::to(request).await;
        reply.fits::<E>();
        reply.read_as::<E>()
    }
}

/// A path of the contract with this id for its parameter, if it has one.
pub(crate) fn filled(path: &str, id: i64) -> String {
    match path.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?.1))) {
        Some((before, after)) => format!("{before}{id}{}", filled(after, id)),
        None => path.to_owned(),
    }
}

/// An answer in full.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// What it answers.
    asked: String,
}

impl Reply {
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let asked = format!("{} {}", request.method(), request.url());
        let response = client.execute(request).await;
        let response = response.unwrap_or_else(|error| panic!("{asked}: {error:?}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.text().await.unwrap();
        Self { status, headers, body, asked }
    }

    /// A header's text, which is there once at most; empty where there is none.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        assert!(self.headers.get_all(name).iter().count() < 2, "{self:?}");
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body of a `200`.
    #[track_caller]
    pub(crate) fn json<T: DeserializeOwned>(&self) -> T {
        assert_eq!(self.status, 200, "{self:?}");
        assert!(self.header("content-type").starts_with("application/json"), "{self:?}");
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts a `204`.
    #[track_caller]
    pub(crate) fn done(&self) {
        assert_eq!((self.status, self.body.as_str()), (204, ""), "{self:?}");
    }

    /// What the contract says the body is.
    #[track_caller]
    pub(crate) fn read_as<E: Endpoint>(&self) -> E::Response {
        if self.header("content-type") == "text/calendar; charset=utf-8" {
            assert_eq!(self.status, 200, "{self:?}");
            return serde_json::from_value(self.body.as_str().into()).unwrap();
        }
        if std::mem::size_of::<E::Response>() > 0 {
            return self.json();
        }
        self.done();
        serde_json::from_value(Value::Null).unwrap()
    }

    /// Asserts that the document describes such an answer.
    #[track_caller]
    fn fits<E: Endpoint>(&self) {
        let document = Document::checked_in();
        let described = &document.operation(&E::OPERATION)["responses"][self.status.to_string()];
        assert!(described.is_object(), "not documented: {self:?}");
        let schema = &described["content"]["application/json"]["schema"];
        if let Ok(body) = serde_json::from_str(&self.body) {
            assert_eq!(document.misfit(schema, &body), None, "{self:?}");
        }
    }

    /// Asserts the whole shape of an error.
    #[track_caller]
    pub(crate) fn refused(&self, code: ErrorCode) -> Problem {
        self.refused_in(code, Language::English)
    }

    /// The same, in another language.
    #[track_caller]
    pub(crate) fn refused_in(&self, code: ErrorCode, language: Language) -> Problem {
        let json: Value = serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{code} expected, {error}: {self:?}"));
        assert_eq!(json["code"], code.as_str(), "{self:?}");
        assert_eq!(self.status, code.status(), "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem: Problem = serde_json::from_value(json).unwrap();
        let title = reqwest::StatusCode::from_u16(self.status).unwrap().canonical_reason();
        assert_eq!(problem.r#type, "about:blank");
        assert_eq!(Some(problem.title.as_str()), title);
        assert_eq!(problem.status, self.status);
        assert_eq!(problem.detail, code.detail(language));
        assert!(!problem.request_id.is_empty());
        assert_eq!(problem.request_id, self.header("x-request-id"));
        assert_eq!(problem.errors.is_empty(), self.status != 422, "{self:?}");
        let challenge = if self.status == 401 { "Bearer" } else { "" };
        assert_eq!(self.header("www-authenticate"), challenge, "{self:?}");
        problem
    }

    /// Asserts a `422` that names this field and no other.
    #[track_caller]
    pub(crate) fn names(&self, field: &str) {
        let problem = self.refused(ErrorCode::ValidationFailed);
        let fields: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, [field], "{} {}", self.asked, self.body);
        assert!(problem.errors.iter().all(|error| !error.message.is_empty()));
    }
}
