//! Points in time.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, NaiveDateTime, Timelike as _, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Fault;

/// A point in time, in UTC, cut to microseconds (no database of ours keeps more).
///
/// On the wire it is RFC 3339 ending in `Z`. It is read from RFC 3339 with any offset, or from
/// the naive `YYYY-MM-DDTHH:MM:SS[.fraction]`, which means UTC. Years 1 to 9999, as RFC 3339 has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub struct Timestamp(i64);

impl Timestamp {
    const MIN: i64 = -62_135_596_800_000_000;
    const MAX: i64 = 253_402_300_799_999_999;

    /// From microseconds since 1970-01-01T00:00:00Z; those outside the years 1 to 9999 are taken
    /// as the nearest that is inside.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN {
            Self(Self::MIN)
        } else if micros > Self::MAX {
            Self(Self::MAX)
        } else {
            Self(micros)
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Seconds since 1970-01-01T00:00:00Z, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This much later; the end of time where there is none.
    #[must_use]
    pub fn after(self, duration: std::time::Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// This much earlier; the beginning of time where there is none.
    #[must_use]
    pub fn before(self, duration: std::time::Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_sub(micros))
    }

    /// As RFC 3339 has it, with as many digits of a second as it takes: none, three or six. A list has hundreds of
    /// times, and chrono's formatter takes longer for one than all else of its row.
    fn rfc3339(self, text: &mut [u8; 27]) -> &str {
        let time = DateTime::from(self).naive_utc();
        *text = *b"0000-00-00T00:00:00.000000Z";
        let micros = time.nanosecond() / 1_000;
        for (from, to, number) in [
            (0, 4, time.year().unsigned_abs()),
            (5, 7, time.month()),
            (8, 10, time.day()),
            (11, 13, time.hour()),
            (14, 16, time.minute()),
            (17, 19, time.second()),
            (20, 26, micros),
        ] {
            let mut rest = number;
            for digit in text[from..to].iter_mut().rev() {
                *digit += (rest % 10) as u8;
                rest /= 10;
            }
        }
        let end = match micros {
            0 => 19,
            _ if micros % 1000 == 0 => 23,
            _ => 26,
        };
        text[end] = b'Z';
        std::str::from_utf8(&text[..=end]).unwrap_or_default()
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(time: DateTime<Utc>) -> Self {
        Self::from_micros(time.timestamp_micros())
    }
}

impl From<Timestamp> for DateTime<Utc> {
    fn from(time: Timestamp) -> Self {
        // In range by construction.
        DateTime::from_timestamp_micros(time.0).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rfc3339(&mut [0; 27]))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        let time = DateTime::parse_from_rfc3339(text)
            .map(DateTime::<Utc>::from)
            .or_else(|_| {
                NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|t| t.and_utc())
            })
            .map_err(|_| Fault::Time)?;
        let micros = time.timestamp_micros();
        if (Self::MIN..=Self::MAX).contains(&micros) { Ok(Self(micros)) } else { Err(Fault::Time) }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.rfc3339(&mut [0; 27]))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "poem")]
crate::schema::scalar!(Timestamp, crate::schema::timestamp());

#[cfg(test)]
mod tests {
    use chrono::{DateTime, SecondsFormat};
    use proptest::prelude::*;

    use super::Timestamp;

    fn read(text: &str) -> String {
        text.parse::<Timestamp>().map_or_else(|_| "refused".into(), |t| t.to_string())
    }

    #[test]
    fn offsets_and_naive_times_become_utc() {
        assert_eq!(read("2024-03-14T12:00:00Z"), "2024-03-14T12:00:00Z");
        assert_eq!(read("2024-03-14T12:00:00+02:00"), "2024-03-14T10:00:00Z");
        assert_eq!(read("2024-03-14T12:00:00"), "2024-03-14T12:00:00Z");
        assert_eq!(read("2024-03-14T12:00:00.1234567Z"), "2024-03-14T12:00:00.123456Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for bad in ["", "yesterday", "2024-03-14", "2024-02-30T00:00:00Z", "10000-01-01T00:00:00Z"]
        {
            assert_eq!(read(bad), "refused", "{bad}");
        }
        assert_eq!(read("9999-12-31T23:59:59-01:00"), "refused");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(micros: i64) {
            let time = Timestamp::from_micros(micros);
            prop_assert_eq!(time.to_string().parse::<Timestamp>().ok(), Some(time));
        }

        #[test]
        fn it_is_written_as_chrono_does(
            seconds in Timestamp::MIN / 1_000_000..Timestamp::MAX / 1_000_000,
            fraction in prop_oneof![Just(0), (0..1000_i64).prop_map(|ms| ms * 1000), 0..1_000_000_i64],
        ) {
            let time = Timestamp::from_micros(seconds * 1_000_000 + fraction);
            let chronos = DateTime::from(time).to_rfc3339_opts(SecondsFormat::AutoSi, true);
            prop_assert_eq!(time.to_string(), chronos);
        }
    }
}
