//! A reader's place, written down for them to keep.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_openapi::User;
use guildhall_openapi::text::Cursor;

use super::Place;
use crate::tokens::TokenKeys;

/// How one user's cursors end: so that none of another user's, or of a database that began anew,
/// is taken for one of theirs. It is no secret: whoever changes their own cursor reads their own
/// stream from elsewhere.
///
/// The mark is the present key's; those of the keys before it are read as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    present: Box<str>,
    previous: Vec<Box<str>>,
}

impl Mark {
    pub(crate) fn of(user: &User, keys: &TokenKeys) -> Self {
        let text = format!("cursor {} {}", user.id, user.created_at.as_micros());
        let cut = |mac: hmac::Tag| URL_SAFE_NO_PAD.encode(&mac.as_ref()[..9]).into_boxed_str();
        Self {
            present: cut(keys.mac(&text)),
            previous: keys.previous_macs(&text).map(cut).collect(),
        }
    }

    /// A mark as if this were one.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn named(present: &str) -> Self {
        Self { present: present.into(), previous: Vec::new() }
    }

    pub(crate) fn write(&self, place: Place) -> Cursor {
        let Place { own, shared } = place;
        format!("gc1.{own:x}.{shared:x}.{}", self.present).into()
    }

    /// The place, if the cursor is one of this user's.
    pub(crate) fn read(&self, cursor: &str) -> Option<Place> {
        let mut parts = cursor.split('.');
        let mut part = || parts.next();
        let (version, own, shared, mark) = (part()?, part()?, part()?, part()?);
        let is_ours = mark == &*self.present || self.previous.iter().any(|own| mark == &**own);
        if version != "gc1" || !is_ours || parts.next().is_some() {
            return None;
        }
        let number = |hex| i64::from_str_radix(hex, 16).ok().filter(|n| (0..i64::MAX).contains(n));
        Some(Place { own: number(own)?, shared: number(shared)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_only_with_its_mark() {
        let mark = |present: &str, previous: &[&str]| Mark {
            present: present.into(),
            previous: previous.iter().map(|mark| (*mark).into()).collect(),
        };
        let (next, mark, other) = (mark("abd", &["abc"]), mark("abc", &[]), mark("abd", &[]));
        let place = Place { own: 255, shared: 0 };
        let cursor = mark.write(place);
        assert_eq!((cursor.as_str(), mark.read(&cursor)), ("gc1.ff.0.abc", Some(place)));
        assert_eq!((other.read(&cursor), next.read(&cursor)), (None, Some(place)));
        assert_eq!(next.write(place).as_str(), "gc1.ff.0.abd");
        for bad in [
            "",
            "gc1",
            "gc1.ff.0",
            "gc1.-1.0.abc",
            "gc1.7fffffffffffffff.0.abc",
            "gc2.ff.0.abc",
            "gc1.ff.0.abc.d",
            "gc1.g.0.abc",
        ] {
            assert_eq!(mark.read(bad), None, "{bad}");
        }
    }
}
