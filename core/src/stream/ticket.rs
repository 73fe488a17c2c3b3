//! Tickets: what opens one socket, where no header can be set. A ticket stands in a URL, so it is good
//! for half a minute and once, where an access token would be good for whoever reads the URL later.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_openapi::{LoginId, Timestamp, UserId};

use crate::tokens::{Access, TokenKeys, random_text};

/// For how long a ticket is good.
pub(super) const LIFETIME: Duration = Duration::from_secs(30);

/// A ticket that was shown, is genuine and in time. Whether it was used before is another question.
pub(crate) struct Shown {
    /// What it is known by once it is used.
    pub(crate) name: String,
    /// Until when it is good.
    pub(crate) until: Timestamp,
    /// The access token for which it stands.
    pub(crate) access: Access,
}

/// A ticket for whoever showed an access token good until `expires_at`.
pub(super) fn make(
    keys: &TokenKeys,
    (user, login): (UserId, LoginId),
    expires_at: Timestamp,
    now: Timestamp,
) -> String {
    let (expires_at, until) = (expires_at.as_micros(), now.after(LIFETIME).as_micros());
    let name = random_text::<12>();
    let ticket = format!("gt1.{user}.{login}.{expires_at}.{until}.{name}");
    signed(keys, &ticket)
}

/// The ticket that says this.
pub(crate) fn signed(keys: &TokenKeys, ticket: &str) -> String {
    format!("{ticket}.{}", URL_SAFE_NO_PAD.encode(keys.mac(&covered(ticket))))
}

/// What the MAC of a ticket covers.
fn covered(ticket: &str) -> String {
    format!("ticket {ticket}")
}

/// Whether it has the form of a ticket.
pub(super) fn is_one(token: &str) -> bool {
    token.starts_with("gt1.")
}

/// Reads a ticket; `None` where it is not one of ours, or out of its time.
pub(crate) fn read(keys: &TokenKeys, ticket: &str, now: Timestamp) -> Option<Shown> {
    let (ticket, shown) = ticket.rsplit_once('.')?;
    let mac = URL_SAFE_NO_PAD.decode(shown).ok()?;
    if !keys.is_mac(&covered(ticket), &mac) {
        return None;
    }
    let mut parts = ticket.split('.').skip(1);
    let (user, login) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let mut time = || parts.next()?.parse().ok().map(Timestamp::from_micros);
    let (expires_at, until) = (time()?, time()?);
    let name = parts.next()?.to_owned();
    let issued_at = until.before(LIFETIME).as_secs();
    (now < until).then_some(Shown {
        name,
        until,
        access: Access { user, login, issued_at, expires_at },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::Signing;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    #[test]
    fn a_ticket_is_good_for_its_time_and_cannot_be_changed() {
        let keys = |secret: &[u8; 32]| TokenKeys::new(secret, Signing::default());
        let (ours, theirs) = (keys(&[1; 32]), keys(&[2; 32]));
        let (user, login) = (UserId::new(7).unwrap(), LoginId::new(9).unwrap());
        let expires_at = NOW.after(Duration::from_secs(1000));
        let ticket = make(&ours, (user, login), expires_at, NOW);
        let shown = read(&ours, &ticket, NOW).unwrap();
        assert_eq!((shown.access.user, shown.access.login), (user, login));
        assert_eq!((shown.access.expires_at, shown.until), (expires_at, NOW.after(LIFETIME)));
        assert!(read(&ours, &ticket, NOW.after(LIFETIME)).is_none());
        assert!(read(&theirs, &ticket, NOW).is_none());
        assert!(read(&keys(&[2; 32]).with_previous(&[1; 32]), &ticket, NOW).is_some());
        for bad in
            [&ticket.replace(".7.", ".8."), &ticket[..ticket.len() - 1], "gt1", "gt1.7.9", ""]
        {
            assert!(read(&ours, bad, NOW).is_none(), "{bad}");
        }
        assert_ne!(ticket, make(&ours, (user, login), expires_at, NOW));
    }
}
