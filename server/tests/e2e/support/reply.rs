//! Answers, as they come over the wire.

use guildhall_openapi::{ErrorCode, Language, Operation, Problem};
use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Document;

/// An answer in full.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// What it answers.
    pub(super) asked: String,
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

    /// Asserts that the document has such an answer to an operation: status, media type, `Link`,
    /// body; of a refusal its code and whole shape.
    #[track_caller]
    pub(super) fn fits(&self, operation: &Operation, language: Language) {
        let document = Document::checked_in();
        let described = &document.operation(operation)["responses"][self.status.to_string()];
        assert!(described.is_object(), "not documented: {self:?}");
        let link = self.header("link").is_empty() || described["headers"]["Link"].is_object();
        assert!(link, "not documented: {self:?}");
        let Some(contents) = described["content"].as_object() else { return self.done() };
        let (media, content) = contents.iter().next().unwrap();
        assert!(self.header("content-type").starts_with(media), "{self:?}");
        if media == "application/problem+json" {
            let problem: Problem = serde_json::from_str(&self.body).unwrap();
            let example = &content["examples"][problem.code.as_str()];
            assert!(example.is_object(), "not documented: {self:?}");
            self.refused_in(problem.code, language);
        }
        let body = if media.contains("json") {
            serde_json::from_str(&self.body).unwrap()
        } else {
            Value::from(self.body.as_str())
        };
        assert_eq!(document.misfit(&content["schema"], &body), None, "{self:?}");
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
        let title = StatusCode::from_u16(self.status).unwrap().canonical_reason();
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
