//! Reading the fields of an old row.

use guildhall_openapi::Timestamp;
use guildhall_openapi::ids::LAST_ID;
use guildhall_openapi::text::{Rule, Text};
use serde_json::Value;

use super::note::{Kind, Reason};
use super::source::{OldId, OldRow};

/// Why a row is left out: the field, and what is wrong with it.
pub(super) type Refused = (&'static str, Reason);

/// A row, and what is to be noted of it if it is taken.
pub(super) struct Fields<'r> {
    table: &'r str,
    row: &'r OldRow,
    notes: Vec<(Kind, &'static str, Reason)>,
}

impl<'r> Fields<'r> {
    pub(super) fn of(table: &'r str, row: &'r OldRow) -> Self {
        Self { table, row, notes: Vec::new() }
    }

    pub(super) fn table(&self) -> &str {
        self.table
    }

    /// The id as it is shown: of a table that has none, nothing.
    pub(super) fn shown_id(&self) -> Value {
        match self.row.get("id") {
            Some(id @ (Value::Number(_) | Value::String(_))) => id.clone(),
            _ => Value::Null,
        }
    }

    pub(super) fn take_notes(&mut self) -> Vec<(Kind, &'static str, Reason)> {
        std::mem::take(&mut self.notes)
    }

    pub(super) fn note(&mut self, kind: Kind, field: &'static str, reason: Reason) {
        self.notes.push((kind, field, reason));
    }

    /// Notes that a field was replaced by what `by` says.
    pub(super) fn replaced(&mut self, field: &'static str, reason: Reason, by: &'static str) {
        self.note(Kind::Changed, field, Reason::Replaced(Box::new(reason), by));
    }

    /// What stands in the first of these columns that is not NULL.
    pub(super) fn value(&self, columns: &[&str]) -> Option<&'r Value> {
        let values = columns.iter().filter_map(|column| self.row.get(*column));
        values.into_iter().find(|value| !value.is_null())
    }

    /// The id that the row keeps.
    pub(super) fn id<Id: TryFrom<i64>>(&self) -> Result<Id, Refused> {
        let id = self.value(&["id"]).ok_or(("id", Reason::Missing))?;
        let id = id.as_i64().filter(|id| *id <= LAST_ID).and_then(|id| Id::try_from(id).ok());
        id.ok_or(("id", Reason::Id))
    }

    /// The id of another row.
    pub(super) fn reference(
        &self,
        field: &'static str,
        columns: &[&str],
    ) -> Result<Option<OldId>, Refused> {
        let value = self.value(columns);
        value.map(|value| OldId::of(value).ok_or((field, Reason::Type))).transpose()
    }

    /// A text as the contract has it; one that is missing is empty.
    pub(super) fn text<R: Rule>(
        &mut self,
        field: &'static str,
        columns: &[&str],
    ) -> Result<Text<R>, Refused> {
        let given = match self.value(columns) {
            None if R::MIN > 0 => return Err((field, Reason::Missing)),
            None => "",
            Some(Value::String(given)) => given,
            Some(_) => return Err((field, Reason::Type)),
        };
        let text = Text::<R>::from(given);
        let text = text.check().map_err(|fault| (field, Reason::Text(fault)))?;
        if text != given {
            self.note(Kind::Changed, field, Reason::Trimmed);
        }
        Ok(text.into())
    }

    /// A truth value, `false` where it is missing.
    pub(super) fn flag(&self, field: &'static str, columns: &[&str]) -> Result<bool, Refused> {
        match self.value(columns) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::Number(number)) if number.as_i64() == Some(0) => Ok(false),
            Some(Value::Number(number)) if number.as_i64() == Some(1) => Ok(true),
            Some(_) => Err((field, Reason::Type)),
        }
    }

    /// A time. Without an offset it is in UTC, as `datetime.utcnow()` writes it.
    pub(super) fn time(
        &self,
        field: &'static str,
        columns: &[&str],
    ) -> Result<Option<Timestamp>, Refused> {
        match self.value(columns) {
            None => Ok(None),
            Some(Value::String(text)) => time(text).map(Some).ok_or((field, Reason::Time)),
            Some(_) => Err((field, Reason::Time)),
        }
    }
}

/// ISO 8601 with a `T` or a space; a date alone, or one without seconds, is when it begins. PostgreSQL
/// leaves out the minutes of an offset that has none.
fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim().replacen(' ', "T", 1);
    let whole = [text.clone(), format!("{text}:00"), format!("{text}T00:00:00")];
    // A time that ends in `+02` or in its minutes reads as another with `:00` behind it, so this order.
    whole.iter().find_map(|text| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use guildhall_openapi::UserId;
    use guildhall_openapi::text::{Description, EventTitle};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn row(row: Value) -> OldRow {
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn times_are_read_as_databases_and_applications_write_them() {
        for (text, time) in [
            ("2024-03-14 12:00:00.123456", "2024-03-14T12:00:00.123456Z"),
            ("2024-03-14T12:00:00", "2024-03-14T12:00:00Z"),
            ("2024-03-14 12:00:00+02", "2024-03-14T10:00:00Z"),
            ("2024-03-14T12:00:00+02:30", "2024-03-14T09:30:00Z"),
            ("2024-03-14T12:00", "2024-03-14T12:00:00Z"),
            ("2024-03-14", "2024-03-14T00:00:00Z"),
            (" 2024-03-14 12:00:00Z ", "2024-03-14T12:00:00Z"),
        ] {
            assert_eq!(
                super::time(text).map(|time| time.to_string()).as_deref(),
                Some(time),
                "{text}"
            );
        }
        for text in ["", "infinity", "tomorrow", "14/03/2024", "2024-02-30", "1710417600"] {
            assert_eq!(super::time(text), None, "{text}");
        }
    }

    #[test]
    fn texts_are_trimmed_and_what_is_missing_is_empty_where_it_may_be() {
        let row = row(json!({"title": " Party\n", "place": null, "number": 7}));
        let mut fields = Fields::of("events", &row);
        let title: EventTitle = fields.text("title", &["title"]).unwrap();
        assert_eq!(title, "Party");
        assert_eq!(fields.take_notes(), [(Kind::Changed, "title", Reason::Trimmed)]);
        let place: Description = fields.text("place", &["place"]).unwrap();
        assert_eq!(place, "");
        let missing =
            fields.text::<guildhall_openapi::text::rule::EventTitleRule>("place", &["place"]);
        assert_eq!(missing.unwrap_err(), ("place", Reason::Missing));
        let typed =
            fields.text::<guildhall_openapi::text::rule::EventTitleRule>("number", &["number"]);
        assert_eq!(typed.unwrap_err(), ("number", Reason::Type));
        assert_eq!(fields.take_notes(), []);
    }

    #[test]
    fn only_ids_that_stay_exact_are_kept() {
        for (id, reason) in [
            (json!(null), Reason::Missing),
            (json!(0), Reason::Id),
            (json!(-1), Reason::Id),
            (json!(1.5), Reason::Id),
            (json!("7"), Reason::Id),
            (json!(LAST_ID + 1), Reason::Id),
        ] {
            let row = row(json!({"id": id}));
            let id: Result<UserId, _> = Fields::of("users", &row).id();
            assert_eq!(id.unwrap_err(), ("id", reason), "{row:?}");
        }
        let row = row(json!({"id": LAST_ID}));
        assert_eq!(Fields::of("users", &row).id::<UserId>().unwrap().get(), LAST_ID);
    }

    proptest! {
        #[test]
        fn any_text_is_a_time_or_none(text in ".{0,40}") {
            super::time(&text);
        }
    }
}
