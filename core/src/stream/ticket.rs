//! Tickets: what opens one socket, where no header can be set. A ticket stands in a URL, so it is good
//! for half a minute and once, where an access token would be good for whoever reads the URL later.

use std::time::Duration;

use aws_lc_rs::constant_time;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_openapi::{LoginId, Timestamp, UserId};

use crate::tokens::{Access, TokenKeys, random_text};

/// For how long a ticket is good.
pub(super) const LIFETIME: Duration = Duration::from_secs(30);

/// A ticket that was shown, is genuine and in time. Whether it was used before is another question.
pub(super) struct Shown {
    /// What it is known by once it is used.
    pub(super) name: String,
    /// Until when it is good.
    pub(super) until: Timestamp,
    /// The access token for which it stands.
    pub(super) access: Access,
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
    let mac = mac(keys, &ticket);
    format!("{ticket}.{mac}")
}

fn mac(keys: &TokenKeys, ticket: &str) -> String {
    URL_SAFE_NO_PAD.encode(keys.mac(&format!("ticket {ticket}")))
}

/// Whether it has the form of a ticket.
pub(super) fn is_one(token: &str) -> bool {
    token.starts_with("gt1.")
}

/// Reads a ticket; `None` where it is not one of ours, or out of its time.
pub(super) fn read(keys: &TokenKeys, ticket: &str, now: Timestamp) -> Option<Shown> {
    let (ticket, shown) = ticket.rsplit_once('.')?;
    constant_time::verify_slices_are_equal(mac(keys, ticket).as_bytes(), shown.as_bytes()).ok()?;
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
        for bad in
            [&ticket.replace(".7.", ".8."), &ticket[..ticket.len() - 1], "gt1", "gt1.7.9", ""]
        {
            assert!(read(&ours, bad, NOW).is_none(), "{bad}");
        }
        assert_ne!(ticket, make(&ours, (user, login), expires_at, NOW));
    }
}
