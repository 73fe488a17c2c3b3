//! Events as iCalendar (RFC 5545), for programs that keep calendars.
//!
//! Written by hand: the crate `icalendar` folds lines in a time that grows with the square of their
//! length, which for a description of 10,000 emoji is more than 5 ms of a thread that others wait
//! for; and it lets control characters through. Its parser reads what is written here in the tests.

use chrono::{DateTime, Utc};
use guildhall_openapi::events::{EventQuery, EventSelection};
use guildhall_openapi::page::{Limit, Page};
use guildhall_openapi::{Event, EventId, Fault, Timestamp};

use super::{EventFilter, Events, filter};
use crate::error::{Error, Result};
use crate::guildhall::Guildhall;

/// How many events are in memory at a time.
const AT_A_TIME: u64 = 100;

const BEGIN: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Guildhall//Guildhall//EN\r\n\
                     CALSCALE:GREGORIAN\r\n";
const END: &str = "END:VCALENDAR\r\n";

/// What stands in a calendar without events. RFC 5545 wants at least one component in each (3.6), and
/// strict readers refuse one without; of a time zone nothing is shown to anyone.
const NOTHING: &str = "BEGIN:VTIMEZONE\r\nTZID:Etc/UTC\r\nBEGIN:STANDARD\r\n\
                       DTSTART:19700101T000000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\n\
                       TZNAME:UTC\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";

impl Events<'_> {
    /// All events of a selection as one calendar, past ones too, in id order. A program that
    /// subscribes to it drops what it no longer finds there, so it is not cut off anywhere; it
    /// comes in pieces.
    ///
    /// # Errors
    /// `validation_failed`.
    pub async fn calendar(&self, selection: EventSelection) -> Result<Calendar> {
        let limit = Limit::try_from(AT_A_TIME).map_err(internal)?;
        let page = Page { limit, ..Page::default() };
        let filter = filter(EventQuery { selection, page })?;
        let mut calendar = Calendar { guildhall: self.0.clone(), rest: Some(filter), piece: None };
        let mut piece = BEGIN.to_owned();
        calendar.read_on(&mut piece).await?;
        calendar.piece = Some(piece);
        Ok(calendar)
    }

    /// One event as a calendar.
    ///
    /// # Errors
    /// `event_not_found`.
    pub async fn calendar_of(&self, id: EventId) -> Result<String> {
        let mut text = BEGIN.to_owned();
        write(&mut text, &self.get(id).await?);
        text.push_str(END);
        Ok(text)
    }
}

fn internal(fault: Fault) -> Error {
    Error::Internal(fault.into())
}

/// A calendar that is read as far as it is asked for.
pub struct Calendar {
    guildhall: Guildhall,
    /// What is still to be read; `None` at the end.
    rest: Option<EventFilter>,
    /// What was read and not yet handed out.
    piece: Option<String>,
}

impl Calendar {
    /// The next piece of the text; `None` after the last.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn next(&mut self) -> Result<Option<String>> {
        if self.piece.is_none() && self.rest.is_some() {
            let mut piece = String::new();
            self.read_on(&mut piece).await?;
            self.piece = Some(piece);
        }
        Ok(self.piece.take())
    }

    async fn read_on(&mut self, piece: &mut String) -> Result<()> {
        let Some(filter) = &mut self.rest else { return Ok(()) };
        // A reader of its own for each piece: whoever reads slowly holds none up.
        let (events, more) = self.guildhall.storage.read().await?.events().list(filter).await?;
        if events.is_empty() && filter.page.after.is_none() {
            piece.push_str(NOTHING);
        }
        for event in &events {
            write(piece, event);
        }
        filter.page.after = events.last().map(|event| event.id);
        if !more {
            self.rest = None;
            piece.push_str(END);
        }
        Ok(())
    }
}

/// An event as a `VEVENT`. It has a beginning and no end, so it takes no time (3.6.1).
fn write(out: &mut String, event: &Event) {
    let Event { id, title, description, date, location, created_at, updated_at, .. } = event;
    line(out, "BEGIN:VEVENT");
    line(out, &format!("UID:{}", uid(*id, *created_at)));
    line(out, &format!("DTSTAMP:{}", time(*updated_at)));
    line(out, &format!("CREATED:{}", time(*created_at)));
    line(out, &format!("LAST-MODIFIED:{}", time(*updated_at)));
    line(out, &format!("DTSTART:{}", time(*date)));
    line(out, &format!("SUMMARY:{}", text(title)));
    for (name, value) in [("DESCRIPTION", description.as_str()), ("LOCATION", location.as_str())] {
        if !value.is_empty() {
            line(out, &format!("{name}:{}", text(value)));
        }
    }
    line(out, "END:VEVENT");
}

/// The same for ever, and another on every Guildhall (3.8.4.7): the microsecond in which an event
/// was announced tells it from those that have its id elsewhere.
fn uid(id: EventId, created_at: Timestamp) -> String {
    format!("event-{id}-{}@guildhall", created_at.as_micros())
}

/// In UTC (3.3.5), to the second.
fn time(time: Timestamp) -> String {
    DateTime::<Utc>::from(time).format("%Y%m%dT%H%M%SZ").to_string()
}

/// A text (3.3.11). Whatever ends a line somewhere becomes a newline, and no other control character
/// but the tab may stand in one: so no text can begin a property of its own.
fn text(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => escaped.push_str("\\n"),
            c if c.is_control() && c != '\t' => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// A line, folded to at most 75 octets without its end, between characters (3.1).
fn line(out: &mut String, content: &str) {
    let mut octets = 0;
    for c in content.chars() {
        if octets + c.len_utf8() > 75 {
            out.push_str("\r\n ");
            octets = 1;
        }
        out.push(c);
        octets += c.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(content: &str) -> String {
        let mut out = String::new();
        line(&mut out, content);
        out
    }

    #[test]
    fn texts_are_escaped_and_cannot_begin_a_property() {
        assert_eq!(text(r"a,b;c\d:e 'f' \n"), r"a\,b\;c\\d:e 'f' \\n");
        assert_eq!(text("a\r\nb\nc\rd\u{2028}e\u{85}f\tg"), "a\\nb\\nc\\nd\\ne\\nf\tg");
        assert_eq!(text("a\u{b}\u{c}\u{0}\u{7f}\u{1b}\u{9b}b"), "ab");
        assert_eq!(text("x\r\nEND:VEVENT\nATTENDEE:mallory"), "x\\nEND:VEVENT\\nATTENDEE:mallory");
    }

    #[test]
    fn times_are_written_in_full() {
        assert_eq!(time(Timestamp::from_micros(i64::MIN)), "00010101T000000Z");
        assert_eq!(time(Timestamp::from_micros(1_700_000_000_999_999)), "20231114T221320Z");
        assert_eq!(time(Timestamp::from_micros(i64::MAX)), "99991231T235959Z");
    }

    proptest! {
        #[test]
        fn a_line_is_folded_to_75_octets_and_unfolds_to_itself(content in "[^\r\n]{0,300}") {
            let folded = folded(&content);
            prop_assert!(folded.trim_end_matches("\r\n").split("\r\n").all(|line| line.len() <= 75));
            let unfolded = folded.replace("\r\n ", "");
            prop_assert_eq!(unfolded.strip_suffix("\r\n"), Some(&*content));
        }
    }
}
