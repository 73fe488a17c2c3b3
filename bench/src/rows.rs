//! Rows that look like real ones, the same in every run.

use guildhall_core::accounts::Draft;
use guildhall_core::mail::{self, Kind};
use guildhall_core::openapi::text::Email;
use guildhall_core::openapi::{Event, EventId, Language, Role, Timestamp, UserId};

/// When the first event is announced; a new one follows every minute.
const BEGIN: i64 = 1_700_000_000_000_000;
const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// How long after its announcement an event takes place, at least and at most, in days.
const AHEAD: [i64; 2] = [1, 60];

/// A word that stands in about one event in three.
pub(crate) const COMMON_WORD: &str = "garden";
/// A word that stands only where it is asked for.
pub(crate) const RARE_WORD: &str = "calligraphy";

/// A hash as long as ours are.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$\
                    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

const SEASONS: [&str; 8] =
    ["Spring", "Summer", "Autumn", "Winter", "Easter", "Midsummer", "Harvest", "New Year"];
const KINDS: [&str; 8] =
    ["concert", "reading", "market", "dinner", "workshop", "walk", "fair", "play"];
const STREETS: [&str; 8] = [
    "Mill Lane",
    "High Street",
    "Quay",
    "Rue de l’Église",
    "Station Road",
    "Hauptstraße",
    "Elm Row",
    "Park",
];
const TOWNS: [&str; 8] =
    ["Ashford", "Besançon", "Carlow", "Düren", "Evesham", "Fécamp", "Graz", "Halden"];
#[rustfmt::skip]
const WORDS: [&str; 64] = [
    "all", "are", "welcome", "bring", "a", "friend", "and", "the", "children", "we", "meet", "at",
    "door", "music", "by", "our", "own", "choir", "with", "tea", "cake", "after", "second", "part",
    "doors", "open", "an", "hour", "before", "please", "tell", "us", "if", "you", "come", "late",
    "parking", "behind", "hall", "in", COMMON_WORD, "when", "it", "does", "not", "rain", "tickets",
    "from", "library", "or", "members", "free", "guests", "pay", "little", "for", "new", "roof",
    "lights", "café", "Zoë", "plays", "violin", "again",
];

/// An account of this name, with which nobody can sign in.
pub(crate) fn account(name: &str, full_name: &str) -> Draft {
    let (email, now) = (Email::from(format!("{name}@example.org")), Timestamp::from_micros(BEGIN));
    Draft {
        username: name.into(),
        email: email.clone(),
        full_name: Some(full_name.into()),
        role: Role::User,
        disabled: false,
        group: None,
        password_hash: HASH.to_owned(),
        created_at: now,
        verification: mail::Draft::new(Kind::VerifyEmail, email, Language::English, now),
    }
}

/// The event of this number, its title and texts of the length that people write. Its organizer is
/// one of these; the rare word is in its description where that is wanted.
pub(crate) fn event(number: u64, organizers: &[UserId], rare: bool) -> Event {
    let mut dice = Dice(spread(number));
    let title = format!(
        "{} {} in {}, no. {number}",
        dice.pick(&SEASONS),
        dice.pick(&KINDS),
        dice.pick(&TOWNS)
    );
    let length = 100 + dice.below(90);
    let mut description = String::from(if rare { RARE_WORD } else { "Hello" });
    while description.len() < length {
        description.push(' ');
        description.push_str(dice.pick::<&str>(&WORDS));
    }
    let location =
        format!("{} {}, {}", 1 + dice.below(120), dice.pick(&STREETS), dice.pick(&TOWNS));
    let days = AHEAD[1] - AHEAD[0];
    let ahead = AHEAD[0] * DAY + dice.below(days as usize * 24 * 60) as i64 * MINUTE;
    let created_at = announced(number);
    Event {
        id: EventId::FIRST,
        title: title.into(),
        description: description.into(),
        date: Timestamp::from_micros(created_at.as_micros() + ahead),
        location: location.into(),
        organizer_id: *dice.pick(organizers),
        created_at,
        updated_at: created_at,
    }
}

fn announced(number: u64) -> Timestamp {
    Timestamp::from_micros(BEGIN.saturating_add_unsigned(number * MINUTE.unsigned_abs()))
}

/// The days, up to the last on which anything takes place, for which only the last of so many
/// events are announced; and how many those are at most.
pub(crate) fn last_days(events: u64) -> ([Timestamp; 2], u64) {
    const DAYS: i64 = 5;
    let end = announced(events).as_micros() + AHEAD[1] * DAY;
    let days = [end - DAYS * DAY, end].map(Timestamp::from_micros);
    (days, (DAYS * DAY / MINUTE).unsigned_abs())
}

/// Spreads numbers all over their range; each comes from one number only.
pub(crate) fn spread(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Dice that fall alike for the same number (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(1);
        let mut bits = spread(self.0);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((bits ^ (bits >> 31)) >> 32).unwrap_or_default() % end
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_events_take_place_in_the_last_days() {
        const EVENTS: u64 = 20_000;
        let ([from, to], most) = last_days(EVENTS);
        let takes_place =
            |number: &u64| (from..to).contains(&event(*number, &[UserId::FIRST], false).date);
        let first = EVENTS - most;
        assert_eq!((1..=first).filter(takes_place).count(), 0);
        assert!((first + 1..=EVENTS).filter(takes_place).count() > 100, "more than a page");
    }

    #[test]
    fn texts_are_as_long_as_people_write() {
        for number in 1..1000 {
            let event = event(number, &[UserId::FIRST], number % 2 == 0);
            assert!((100..=200).contains(&event.description.chars().count()), "{event:?}");
            assert_eq!(event.description.contains(RARE_WORD), number % 2 == 0, "{event:?}");
        }
    }
}
