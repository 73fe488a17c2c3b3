//! What can go wrong, as the other side is told: RFC 9457 problem documents with a closed list of
//! codes. Programs read the code; people read the texts, in English or French.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A language in which texts for people can be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English, where nothing else is asked for.
    #[default]
    English,
    /// French.
    French,
}

impl Language {
    /// The language of a tag of RFC 5646, if it is one of these.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        [Self::English, Self::French].into_iter().find(|language| language.tag() == tag)
    }

    /// The tag of RFC 5646.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }
}

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])* $name:ident = $status:literal $code:literal, $english:literal, $french:literal;)*) => {
        /// Every code that a problem document can carry. Codes are stable; the list only grows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
        #[non_exhaustive]
        pub enum ErrorCode {
            $(
                $(#[doc = $doc])*
                #[doc = concat!("\n\nStatus ", stringify!($status), ", `", $code, "`: ", $english, ".")]
                #[serde(rename = $code)]
                #[cfg_attr(feature = "poem", oai(rename = $code))]
                $name,
            )*
        }

        impl ErrorCode {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            #[cfg(feature = "typescript")]
            pub(crate) const DOCS: &'static [&'static str] =
                &[$(concat!($($doc,)* " Status ", stringify!($status), ".")),*];

            /// The code as it stands in JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// The HTTP status that goes with the code.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),* }
            }

            /// The text for people.
            #[must_use]
            pub const fn detail(self, language: Language) -> &'static str {
                match (self, language) {
                    $(
                        (Self::$name, Language::English) => $english,
                        (Self::$name, Language::French) => $french,
                    )*
                }
            }
        }
    };
}

error_codes! {
    /// Another account has this email.
    EmailTaken = 400 "email_taken", "This email is already registered", "Cet email est déjà utilisé";
    /// Another account has this username.
    UsernameTaken = 400 "username_taken", "This username is already taken", "Ce nom d'utilisateur est déjà pris";
    /// Another event has this title.
    EventTitleTaken = 400 "event_title_taken", "An event with this title already exists", "Un événement avec ce titre existe déjà";
    /// Another group has this name.
    GroupNameTaken = 400 "group_name_taken", "This group name is already taken", "Ce nom de groupe est déjà pris";
    /// The session is over; it cannot be started, joined or left.
    SessionEnded = 400 "session_ended", "This session has ended", "Cette session est terminée";
    /// The token or code of a mail is unknown, used, expired, or meant for what is no longer so.
    InvalidToken = 400 "invalid_token", "This link or code is not valid, or no longer", "Ce lien ou ce code n'est pas valide, ou ne l'est plus";
    /// The last enabled admin cannot be disabled, deleted or made a user.
    LastAdmin = 400 "last_admin", "The last admin cannot be removed", "Le dernier administrateur ne peut pas être retiré";
    /// No valid access token came with the call.
    NotAuthenticated = 401 "not_authenticated", "Not authenticated", "Non authentifié";
    /// The email or the password is wrong.
    InvalidCredentials = 401 "invalid_credentials", "Incorrect email or password", "Email ou mot de passe incorrect";
    /// The refresh token is unknown, spent, expired or revoked.
    InvalidRefreshToken = 401 "invalid_refresh_token", "Invalid refresh token, please sign in again", "Jeton de rafraîchissement invalide, reconnectez-vous";
    /// The caller may not do this.
    Forbidden = 403 "forbidden", "You are not allowed to do this", "Vous n'êtes pas autorisé à faire cela";
    /// The present password, asked for again, is wrong.
    WrongPassword = 403 "wrong_password", "The current password is wrong", "Le mot de passe actuel est incorrect";
    /// The account is disabled; said only after a right password.
    AccountDisabled = 403 "account_disabled", "This account is disabled", "Ce compte est désactivé";
    /// Only admins create accounts here.
    RegistrationClosed = 403 "registration_closed", "Registration is closed", "Les inscriptions sont fermées";
    /// No such path.
    NotFound = 404 "not_found", "There is nothing at this address", "Il n'y a rien à cette adresse";
    /// No such user.
    UserNotFound = 404 "user_not_found", "User not found", "Utilisateur non trouvé";
    /// No such group.
    GroupNotFound = 404 "group_not_found", "Group not found", "Groupe non trouvé";
    /// No such event.
    EventNotFound = 404 "event_not_found", "Event not found", "Événement non trouvé";
    /// No such session.
    SessionNotFound = 404 "session_not_found", "Session not found", "Session non trouvée";
    /// No such message, or none that the caller sent or received.
    MessageNotFound = 404 "message_not_found", "Message not found", "Message non trouvé";
    /// No such login of the caller.
    LoginNotFound = 404 "login_not_found", "Login not found", "Connexion non trouvée";
    /// The path does not know this method.
    MethodNotAllowed = 405 "method_not_allowed", "This address does not know this method", "Cette adresse ne connaît pas cette méthode";
    /// The body did not come in time.
    BodyTooSlow = 408 "body_too_slow", "The body of the request took too long to arrive", "Le corps de la requête a mis trop de temps à arriver";
    /// The body is over 1 MiB.
    BodyTooLarge = 413 "body_too_large", "The body is too large", "Le corps de la requête est trop grand";
    /// The address, with its query, is over 8 KiB.
    UriTooLong = 414 "uri_too_long", "This address is too long", "Cette adresse est trop longue";
    /// The body is of a type that the call does not take.
    UnsupportedMediaType = 415 "unsupported_media_type", "This content type is not supported", "Ce type de contenu n'est pas pris en charge";
    /// A parameter or the body does not fit; `errors` names the fields.
    ValidationFailed = 422 "validation_failed", "The request does not fit", "La requête n'est pas valide";
    /// The password is too easy to guess.
    WeakPassword = 422 "weak_password", "This password is too easy to guess", "Ce mot de passe est trop facile à deviner";
    /// The same `Idempotency-Key` came with another body.
    IdempotencyKeyReused = 422 "idempotency_key_reused", "This key was used for another request", "Cette clé a déjà servi pour une autre requête";
    /// Too many tries or requests; `Retry-After` says when to come back.
    TooManyRequests = 429 "too_many_requests", "Too many requests, please wait", "Trop de requêtes, veuillez patienter";
    /// The headers come to more than 32 KiB.
    HeadersTooLarge = 431 "headers_too_large", "The headers of the request are too large", "Les en-têtes de la requête sont trop grands";
    /// A fault of the server; its log has more under the request's id.
    Internal = 500 "internal", "Something went wrong on our side", "Une erreur est survenue de notre côté";
    /// The storage cannot be reached for the moment.
    Unavailable = 503 "unavailable", "The service is not available for the moment, please try again", "Le service est momentanément indisponible, veuillez réessayer";
    /// The answer took too long; what was asked for may be done all the same.
    Timeout = 503 "timeout", "The request took too long, please try again", "La requête a pris trop de temps, veuillez réessayer";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It has to be there and is not.
    Missing,
    /// It has fewer characters than this.
    TooShort(usize),
    /// It has more characters than this.
    TooLong(usize),
    /// It holds a NUL character.
    Nul,
    /// It does not match this regular expression.
    Characters(&'static str),
    /// It is no email address.
    Email,
    /// It is no id: a positive 64-bit integer.
    Id,
    /// It is no number from the first to the second.
    Range(u64, u64),
    /// It is no RFC 3339 time.
    Time,
    /// It is a password that is easy to guess.
    Weak,
    /// It stands for something else already.
    Reused,
    /// It is of the wrong type or not well-formed; the text says how, in English.
    Malformed(String),
}

impl Fault {
    /// What to tell a person.
    #[must_use]
    pub fn message(&self, language: Language) -> Cow<'static, str> {
        let french = language == Language::French;
        let pick = |en: &'static str, fr: &'static str| Cow::Borrowed(if french { fr } else { en });
        match self {
            Self::Missing => pick("is required", "est obligatoire"),
            Self::TooShort(min) if french => format!("doit avoir au moins {min} caractères").into(),
            Self::TooShort(min) => format!("must have at least {min} characters").into(),
            Self::TooLong(max) if french => format!("doit avoir au plus {max} caractères").into(),
            Self::TooLong(max) => format!("must have at most {max} characters").into(),
            Self::Nul => {
                pick("must not hold a NUL character", "ne doit pas contenir de caractère NUL")
            }
            Self::Characters(pattern) if french => format!("doit correspondre à {pattern}").into(),
            Self::Characters(pattern) => format!("must match {pattern}").into(),
            Self::Email => {
                pick("is not a valid email address", "n'est pas une adresse email valide")
            }
            Self::Id => {
                pick("must be a positive 64-bit integer", "doit être un entier positif de 64 bits")
            }
            Self::Range(min, max) if french => {
                format!("doit être un nombre de {min} à {max}").into()
            }
            Self::Range(min, max) => format!("must be a number from {min} to {max}").into(),
            Self::Time => pick("must be an RFC 3339 time", "doit être une date RFC 3339"),
            Self::Reused => {
                pick("was used for another request", "a déjà servi pour une autre requête")
            }
            Self::Weak => pick("is too easy to guess", "est trop facile à deviner"),
            Self::Malformed(how) if french => format!("n'est pas valide : {how}").into(),
            Self::Malformed(how) => format!("does not fit: {how}").into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Language::English))
    }
}

impl std::error::Error for Fault {}

/// One field of a request that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FieldError {
    /// The name of the field or parameter; `body` where the body as a whole is meant.
    pub field: String,
    /// What is wrong with it, for people.
    pub message: String,
}

/// A problem document (RFC 9457), the body of every error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Problem {
    /// Always `about:blank`: the `code` tells problems apart.
    pub r#type: String,
    /// The name of the HTTP status.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong, for programs.
    pub code: ErrorCode,
    /// What went wrong, for people, in the language asked for.
    pub detail: String,
    /// Under which id the server's log has this request; also the `X-Request-Id` header.
    pub request_id: String,
    /// Which fields do not fit (status 422 only).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "poem", oai(default, skip_serializing_if_is_empty))]
    pub errors: Vec<FieldError>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_serialize_as_they_are_named() {
        for &code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert!((400..600).contains(&code.status()));
            assert_ne!(code.detail(Language::English), code.detail(Language::French));
        }
    }
}
