//! Reading the OpenAPI document: as much of it as ours uses.

use std::sync::LazyLock;

use guildhall_openapi::{DOCUMENT, Operation};
use serde_json::Value;

/// The document.
pub(crate) struct Document(pub(crate) Value);

impl Document {
    pub(crate) fn checked_in() -> &'static Self {
        static READ: LazyLock<Document> =
            LazyLock::new(|| Document(serde_json::from_str(DOCUMENT).unwrap()));
        &READ
    }

    /// What it says of an operation.
    pub(crate) fn operation(&self, operation: &Operation) -> &Value {
        let method = operation.method.as_str().to_ascii_lowercase();
        &self.0["paths"][operation.path][method]
    }

    /// A schema, behind its `$ref` if it is one.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => self.0.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
            None => schema,
        }
    }

    /// The schema behind an `allOf` with which poem-openapi puts a description beside a `$ref`.
    pub(crate) fn core<'a>(&'a self, schema: &'a Value) -> &'a Value {
        self.resolve(schema["allOf"].get(0).unwrap_or(schema))
    }

    /// Why a value does not fit a schema; nothing where it does.
    pub(crate) fn misfit(&self, schema: &Value, value: &Value) -> Option<String> {
        let schema = self.resolve(schema);
        if value.is_null() && schema["nullable"] == true {
            return None;
        }
        if let Some(any) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()) {
            let mut reasons = Vec::new();
            for one in any {
                reasons.push(self.misfit(one, value)?);
            }
            return Some(format!("none of {reasons:?}"));
        }
        let schema = self.core(schema);
        let fits = match schema["type"].as_str() {
            Some("object") => return self.object_misfit(schema, value),
            Some("array") => {
                let Some(items) = value.as_array() else {
                    return Some(format!("{value} is no array"));
                };
                return items.iter().find_map(|item| self.misfit(&schema["items"], item));
            }
            Some("string") => value.as_str().is_some_and(|text| text_fits(schema, text)),
            Some("integer") => {
                let least = schema["minimum"].as_f64().unwrap_or(f64::MIN);
                value.is_i64() && value.as_f64().is_some_and(|number| number >= least)
            }
            Some("boolean") => value.is_boolean(),
            _ => false,
        };
        (!fits).then(|| format!("{value} against {schema}"))
    }

    fn object_misfit(&self, schema: &Value, value: &Value) -> Option<String> {
        let Some(fields) = value.as_object() else { return Some(format!("{value} is no object")) };
        let required = schema["required"].as_array().into_iter().flatten();
        let missing = required.filter_map(Value::as_str).find(|name| !fields.contains_key(*name));
        let misfit = |(name, value): (&String, &Value)| {
            let reason = match schema["properties"].get(name) {
                Some(schema) => self.misfit(schema, value)?,
                None => "it is not described".to_owned(),
            };
            Some(format!("{name}: {reason}"))
        };
        missing.map(|name| format!("{name} is missing")).or_else(|| fields.iter().find_map(misfit))
    }
}

fn text_fits(schema: &Value, text: &str) -> bool {
    let (least, most) = (schema["minLength"].as_u64(), schema["maxLength"].as_u64());
    let length = text.chars().count() as u64;
    let known = schema["enum"].as_array();
    let time = schema["format"] == "date-time";
    least.is_none_or(|least| length >= least)
        && most.is_none_or(|most| length <= most)
        && known.is_none_or(|known| known.iter().any(|one| one == text))
        && (!time || text.ends_with('Z') && text.parse::<guildhall_openapi::Timestamp>().is_ok())
}
