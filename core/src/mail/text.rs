//! What mails say, in English and French, as plain text and as HTML.
//!
//! Nothing that a stranger can choose stands in them, not even the username: whoever registers someone else's
//! address would have us write to them.

use std::borrow::Cow;

use guildhall_openapi::Language;

use super::{Kind, Links, Stored};
use crate::tokens::TokenKeys;

/// The words of a kind.
struct Words {
    subject: &'static str,
    /// What it is about, before the link where there is one.
    about: &'static str,
    /// What the link does.
    link: &'static str,
    /// What to do with the code, before it.
    code: &'static str,
    /// What else there is to know.
    end: &'static str,
}

const fn words(kind: Kind, language: Language) -> Words {
    match (kind, language) {
        (Kind::VerifyEmail, Language::English) => Words {
            subject: "Is this your email address?",
            about: "Someone, probably you, has given this address for an account. Please confirm that it is yours:",
            link: "Confirm this address",
            code: "Or enter this code:",
            end: "The link and the code are good for 24 hours. If it was not you, there is nothing to do.",
        },
        (Kind::VerifyEmail, Language::French) => Words {
            subject: "Cette adresse email est-elle la vôtre ?",
            about: "Quelqu'un, vous sans doute, a donné cette adresse pour un compte. Veuillez confirmer qu'elle est la vôtre :",
            link: "Confirmer cette adresse",
            code: "Ou saisissez ce code :",
            end: "Le lien et le code sont valables 24 heures. Si ce n'était pas vous, il n'y a rien à faire.",
        },
        (Kind::ResetPassword, Language::English) => Words {
            subject: "A new password for your account",
            about: "Someone, probably you, has asked for a new password for your account. Choose one here:",
            link: "Choose a new password",
            code: "Or enter this code:",
            end: "The link and the code are good for one hour, once. If it was not you, there is nothing to do: \
                  your password stays as it is.",
        },
        (Kind::ResetPassword, Language::French) => Words {
            subject: "Un nouveau mot de passe pour votre compte",
            about: "Quelqu'un, vous sans doute, a demandé un nouveau mot de passe pour votre compte. Choisissez-le ici :",
            link: "Choisir un nouveau mot de passe",
            code: "Ou saisissez ce code :",
            end: "Le lien et le code sont valables une heure, une seule fois. Si ce n'était pas vous, il n'y a rien \
                  à faire : votre mot de passe reste le même.",
        },
        (Kind::EmailChanged, Language::English) => Words {
            subject: "The email address of your account was changed",
            about: "The email address of your account was changed. This is the last mail to this address.",
            link: "",
            code: "",
            end: "If it was not you, please write at once to those who run this service.",
        },
        (Kind::EmailChanged, Language::French) => Words {
            subject: "L'adresse email de votre compte a été modifiée",
            about: "L'adresse email de votre compte a été modifiée. Ceci est le dernier message à cette adresse.",
            link: "",
            code: "",
            end: "Si ce n'était pas vous, écrivez tout de suite à ceux qui gèrent ce service.",
        },
        (Kind::PasswordChanged, Language::English) => Words {
            subject: "The password of your account was changed",
            about: "The password of your account was changed.",
            link: "",
            code: "",
            end: "If it was not you, ask for a new password at once: the one that was set then works no longer.",
        },
        (Kind::PasswordChanged, Language::French) => Words {
            subject: "Le mot de passe de votre compte a été modifié",
            about: "Le mot de passe de votre compte a été modifié.",
            link: "",
            code: "",
            end: "Si ce n'était pas vous, demandez tout de suite un nouveau mot de passe : celui qui a été choisi \
                  ne marchera plus.",
        },
    }
}

/// The mail's subject, its plain text and its HTML.
pub(super) fn write(mail: &Stored, links: &Links, keys: &TokenKeys) -> (String, String, String) {
    let Words { subject, about, link, code, end } = words(mail.kind, mail.language);
    let page = match mail.kind {
        Kind::VerifyEmail => Some(&links.verify),
        Kind::ResetPassword => Some(&links.reset),
        Kind::EmailChanged | Kind::PasswordChanged => None,
    };
    let (mut text, mut html) = (format!("{about}\n\n"), format!("<p>{}</p>\n", escaped(about)));
    if let Some(page) = page {
        let (url, digits) =
            (format!("{page}?token={}", keys.mail_token(mail)), keys.written_mail_code(mail));
        text += &format!("{url}\n\n{code} {digits}\n\n");
        html += &format!("<p><a href=\"{}\">{}</a></p>\n", escaped(&url), escaped(link));
        html += &format!("<p>{} <strong>{digits}</strong></p>\n", escaped(code));
    }
    text += &format!("{end}\n");
    html += &format!("<p>{}</p>\n", escaped(end));
    let (tag, title) = (mail.language.tag(), escaped(subject));
    let head = format!("<meta charset=\"utf-8\"><title>{title}</title>");
    let html = format!(
        "<!doctype html>\n<html lang=\"{tag}\"><head>{head}</head><body>\n{html}</body></html>\n"
    );
    (subject.to_owned(), text, html)
}

/// Text as it stands in HTML, in an attribute too.
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return text.into();
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;").into()
}
