//! When two names or two email addresses are the same: without regard to case, and with
//! international domains in their ASCII form.

use email_address::EmailAddress;
use guildhall_openapi::text::{Email, Username};
use guildhall_openapi::{Fault, User};
use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};

/// What a storage keeps beside an account to find it by and to keep it unique. Compared byte by
/// byte; a storage need know nothing of case or domains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Unique among accounts; `None` once the account is deleted, so that the name is free again.
    pub username: Option<String>,
    /// Unique among accounts; `None` once the account is deleted.
    pub email: Option<String>,
    /// Where `q` of a list looks: the names, folded.
    pub search: String,
}

impl Keys {
    /// The keys of an account as it now is.
    #[must_use]
    pub fn of(user: &User) -> Self {
        let live = user.deleted_at.is_none();
        let full_name = user.full_name.as_deref().unwrap_or_default();
        Self {
            username: live.then(|| username_key(&user.username)),
            email: live.then(|| email_key(&user.email)),
            search: fold(&format!("{}\n{full_name}", user.username.as_str())),
        }
    }
}

/// Text without regard to case or to how its characters are written (full width, ligatures,
/// composed or not): the compatibility caseless matching of Unicode 3.13, D146, in NFKC.
#[must_use]
pub fn fold(text: &str) -> String {
    // What it comes to, without the tables: most texts are, and each event's is folded as it is written.
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let (nfd, nfkc) = (DecomposingNormalizer::new_nfd(), ComposingNormalizer::new_nfkc());
    let fold = |text: &str| nfkc.normalize(&CaseMapper::new().fold_string(text)).into_owned();
    fold(&fold(&nfd.normalize(text)))
}

/// The key of a name that is written freely, as a group's is.
#[must_use]
pub fn name_key(name: &str) -> String {
    fold(name.trim())
}

/// The key of a username, which is ASCII.
#[must_use]
pub fn username_key(username: &str) -> String {
    username.trim().to_ascii_lowercase()
}

/// The key of an email address. What is no address has a key that no account has.
#[must_use]
pub fn email_key(email: &str) -> String {
    let email = email.trim();
    match email.rsplit_once('@') {
        Some((local, domain)) => {
            let domain = idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_lowercase());
            format!("{}@{domain}", local.to_ascii_lowercase())
        }
        None => email.to_lowercase(),
    }
}

/// Where mail for this address goes, with the domain in its ASCII form.
pub(crate) fn mail_address(email: &str) -> String {
    match email.rsplit_once('@') {
        Some((local, domain)) => {
            let domain = idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_owned());
            format!("{local}@{domain}")
        }
        None => email.to_owned(),
    }
}

/// Checks a username and cuts the white space around it.
pub(crate) fn username(given: &Username) -> Result<Username, Fault> {
    given.check().map(Username::from)
}

/// Checks an address (RFC 5321, ASCII before the `@`) and cuts the white space around it.
///
/// The domain is judged in its ASCII form, so that what a mail server would be asked for is what
/// is checked.
pub(crate) fn email(given: &Email) -> Result<Email, Fault> {
    let text = given.check()?;
    let (local, domain) = text.rsplit_once('@').ok_or(Fault::Email)?;
    let domain = idna::domain_to_ascii_strict(domain).map_err(|_| Fault::Email)?;
    let dotted = domain.contains('.') && !domain.starts_with('[');
    let quoted = local.starts_with('"');
    if !local.is_ascii()
        || quoted
        || !dotted
        || !EmailAddress::is_valid(&format!("{local}@{domain}"))
    {
        return Err(Fault::Email);
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_reach_the_same_box_have_one_key() {
        assert_eq!(email_key("Alice@Example.ORG"), "alice@example.org");
        assert_eq!(email_key("a@BÜCHER.example"), email_key("a@xn--bcher-kva.example"));
        assert_eq!(email_key("a@example。org"), "a@example.org", "a full-width dot is a dot");
        assert_ne!(email_key("a@example.org"), email_key("b@example.org"));
    }

    #[test]
    fn names_that_read_the_same_have_one_key() {
        for (one, other) in [
            ("  Straße ", "STRASSE"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("Zoe\u{308}", "ZOË"),
            ("ﬁrst", "FIRST"),
            ("Ｔｅａｍ　１", "team 1"),
            ("\u{3b1}\u{345}\u{301}", "\u{391}\u{301}\u{345}"),
            ("Å", "Å"),
        ] {
            assert_eq!(name_key(one), name_key(other), "{one} {other}");
        }
        for (one, other) in [("resume", "résumé"), ("l", "I"), ("a b", "ab"), ("а", "a")] {
            assert_ne!(name_key(one), name_key(other), "{one} {other}");
        }
    }

    #[test]
    fn folded_ascii_is_what_is_folded_beside_other_characters() {
        let ascii: String = (0..128).map(char::from).collect();
        assert_eq!(fold(&format!("{ascii}б")), format!("{}б", fold(&ascii)));
    }

    #[test]
    fn folding_again_changes_nothing() {
        // Where characters have case or another way to be written, and then those for old systems.
        for c in (0..0x3400).chain(0xf900..0x10500).filter_map(char::from_u32) {
            let folded = fold(&format!("e{c}\u{301}"));
            assert_eq!(fold(&folded), folded, "{c:?}");
        }
    }

    #[test]
    fn only_addresses_are_taken() {
        for good in ["a@b.co", "  a.b+c@example.org ", "a@bücher.example"] {
            assert!(email(&good.into()).is_ok(), "{good}");
        }
        for bad in [
            "plain",
            "@example.org",
            "alice@",
            "a@b",
            "a b@example.org",
            "a@exa mple.org",
            "á@example.org",
            "a@example..org",
            "a＠example.org",
            "\"a b\"@example.org",
            "a@[127.0.0.1]",
            "a@-x.org",
        ] {
            assert_eq!(email(&bad.into()), Err(Fault::Email), "{bad}");
        }
    }
}
