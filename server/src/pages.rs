//! The pages that links in mails open: a form each, without a script, in English and French.
//!
//! To open one changes nothing, so that programs that follow the links of a mail use nothing up; what the form sends
//! does. The token is in the page's address, as it has to be in a link, so nobody is told that address,
//! and no cache keeps the page: the edge says so of all that it answers (OWASP ASVS 5.0, 14.3.2).

mod text;

use std::borrow::Cow;

use guildhall_core::mail::escaped;
use guildhall_core::{Error, Guildhall};
use guildhall_openapi::recovery::{EmailVerification, PasswordReset};
use guildhall_openapi::text::{Email, MailCode, Token};
use guildhall_openapi::{ErrorCode, Fault, Language};
use poem::http::{StatusCode, header};
use poem::web::{Data, Query};
use poem::{Response, Result, Route, get, handler};
use serde::Deserialize;

use crate::edge::{self, Rendered};
use crate::extract::{Device, Form, Speaks};
use crate::refusal::Refusal;
use text::{Words, words};

const STYLE: &[u8] = include_bytes!("../assets/pages.css");

/// Where the pages are, and their methods.
pub(crate) const PAGES: [&str; 2] = ["/auth/pages/reset", "/auth/pages/verify"];

/// The pages, and how they look.
pub(crate) fn routes(route: Route) -> Route {
    let [reset, verify] = PAGES;
    route
        .at(reset, get(show_reset).post(do_reset))
        .at(verify, get(show_verify).post(do_verify))
        .at("/auth/pages/style.css", get(style))
}

/// What a page is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Reset,
    Verify,
}

/// What the link carries, or the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Sent {
    token: String,
    email: String,
    code: String,
    password: String,
}

impl Sent {
    /// A token, or what a person can type in its place.
    fn proof(&self) -> (Option<Token>, Option<Email>, Option<MailCode>) {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        match given(&self.token) {
            Some(token) => (Some(token.into()), None, None),
            None => (None, given(&self.email).map(Into::into), given(&self.code).map(Into::into)),
        }
    }
}

#[handler]
fn show_reset(Speaks(language): Speaks, Query(sent): Query<Sent>) -> Response {
    form(Page::Reset, language, &sent, None)
}

#[handler]
fn show_verify(Speaks(language): Speaks, Query(sent): Query<Sent>) -> Response {
    form(Page::Verify, language, &sent, None)
}

#[handler]
async fn do_reset(
    guildhall: Data<&Guildhall>,
    device: Device,
    language: Speaks,
    sent: Form<Sent>,
) -> Result<Response> {
    edge::hash()?;
    let (token, email, code) = sent.0.proof();
    let reset = PasswordReset { token, email, code, password: (*sent.0.password).into() };
    let done = guildhall.recovery().speaking(language.0).reset_password(&reset, &device.0).await;
    Ok(answer(Page::Reset, language.0, &sent.0, done))
}

#[handler]
async fn do_verify(
    guildhall: Data<&Guildhall>,
    device: Device,
    language: Speaks,
    sent: Form<Sent>,
) -> Response {
    let (token, email, code) = sent.0.proof();
    let shown = EmailVerification { token, email, code };
    let done = guildhall.recovery().verify_email(&shown, &device.0).await;
    answer(Page::Verify, language.0, &sent.0, done)
}

#[handler]
fn style() -> Response {
    Response::builder()
        .header(header::CONTENT_TYPE, "text/css")
        .header(header::CACHE_CONTROL, "max-age=86400")
        .body(STYLE)
}

fn answer<T>(page: Page, language: Language, sent: &Sent, done: Result<T, Error>) -> Response {
    match done {
        Ok(_) => {
            let words = words(page, language);
            let main = format!("<p>{}</p>", escaped(words.done));
            render(StatusCode::OK, language, &words, &main)
        }
        Err(error) => {
            let mut response = form(page, language, sent, Some(&error));
            response.set_data(Refusal::from(error));
            response
        }
    }
}

/// The form, with what went wrong the last time, if it did. A password is typed anew.
fn form(page: Page, language: Language, sent: &Sent, error: Option<&Error>) -> Response {
    let words = words(page, language);
    let mut main = format!("<p>{}</p>\n", escaped(words.about));
    if let Some(error) = error {
        main = format!("<p role=\"alert\">{}</p>\n", escaped(&said(error, language, &words)));
    }
    main += "<form method=\"post\" action=\"";
    main += match page {
        Page::Reset => "reset\">\n",
        Page::Verify => "verify\">\n",
    };
    let field = |label: &str, name: &str, rest: &str| {
        format!("<label>{}<input name=\"{name}\" {rest} required></label>\n", escaped(label))
    };
    if sent.token.is_empty() {
        let (email, code) = (escaped(&sent.email), escaped(&sent.code));
        let email = format!("type=\"email\" autocomplete=\"email\" value=\"{email}\"");
        let code = format!("autocomplete=\"one-time-code\" value=\"{code}\"");
        main += &field(words.email, "email", &email);
        main += &field(words.code, "code", &code);
    } else {
        let token = escaped(&sent.token);
        main += &format!("<input type=\"hidden\" name=\"token\" value=\"{token}\">\n");
    }
    if page == Page::Reset {
        let rest =
            "type=\"password\" autocomplete=\"new-password\" minlength=\"8\" maxlength=\"128\"";
        main += &field(words.password, "password", rest);
    }
    main += &format!("<button>{}</button>\n</form>", escaped(words.button));
    let status = error.map_or(200, |error| error.code().status());
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    render(status, language, &words, &main)
}

/// What went wrong, for people: of fields that do not fit each, else the code's text.
fn said(error: &Error, language: Language, words: &Words) -> String {
    let label = |field: &str| match field {
        "password" => words.password,
        "code" => words.code,
        _ => words.email,
    };
    match error {
        Error::Invalid { code: ErrorCode::ValidationFailed, fields } => {
            let each = |(field, fault): &(Cow<'_, str>, Fault)| {
                format!("{} {}", label(field), fault.message(language))
            };
            fields.iter().map(each).collect::<Vec<_>>().join(", ")
        }
        other => other.code().detail(language).to_owned(),
    }
}

fn render(status: StatusCode, language: Language, words: &Words, main: &str) -> Response {
    let (tag, title) = (language.tag(), escaped(words.title));
    let page = format!(
        "<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<link rel=\"stylesheet\" href=\"style.css\">\n</head>\n\
         <body>\n<main>\n<h1>{title}</h1>\n{main}\n</main>\n</body>\n</html>\n"
    );
    let mut response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(header::CONTENT_LANGUAGE, tag)
        .header(header::VARY, "Accept-Language")
        .body(page);
    response.set_data(Rendered);
    response
}
