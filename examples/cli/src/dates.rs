//! Times as people write and read them: in the time zone of this device.

use chrono::{DateTime, Days, Local, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Utc};
use guildhall_client::contract::Timestamp;

/// A time as it is shown.
pub(crate) fn shown(time: Timestamp) -> String {
    DateTime::<Utc>::from(time).with_timezone(&Local).format("%a %Y-%m-%d %H:%M").to_string()
}

/// A time as someone wrote it: RFC 3339, or without an offset and as short as a date.
pub(crate) fn read(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.to_utc().into());
    }
    let local = day(text, Local::now().date_naive())
        .map(|day| day.and_time(NaiveTime::MIN))
        .or_else(|| minute(text))
        .ok_or("write 2027-06-21, \"2027-06-21 18:00\", today or tomorrow")?;
    let time = Local.from_local_datetime(&local).earliest();
    time.map(|time| time.to_utc().into()).ok_or_else(|| "the clocks skip that hour".to_owned())
}

fn day(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    match text {
        "today" => Some(today),
        "tomorrow" => today.checked_add_days(Days::new(1)),
        _ => text.parse().ok(),
    }
}

fn minute(text: &str) -> Option<NaiveDateTime> {
    let formats = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"];
    formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let local = |text| DateTime::<Utc>::from(read(text).unwrap()).with_timezone(&Local);
        let parts = |text| local(text).naive_local().to_string();
        assert_eq!(parts("2027-06-21"), "2027-06-21 00:00:00");
        assert_eq!(parts("2027-06-21 18:00"), "2027-06-21 18:00:00");
        assert_eq!(parts("2027-06-21T18:00:30"), "2027-06-21 18:00:30");
        assert_eq!(read("2027-06-21T18:00:00+02:00").unwrap().to_string(), "2027-06-21T16:00:00Z");
        for bad in ["", "soon", "2027-02-30", "18:00"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn tomorrow_comes_after_today() {
        let today = NaiveDate::from_ymd_opt(2027, 12, 31).unwrap();
        assert_eq!(day("today", today), Some(today));
        assert_eq!(day("tomorrow", today), NaiveDate::from_ymd_opt(2028, 1, 1));
    }
}
