//! The server answers with what serde makes of the wire types and describes what poem-openapi
//! makes of them. Here both make the same, and TypeScript is shown what that is.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use std::collections::BTreeSet;
use std::fmt::Debug;

use guildhall_openapi::page::{Limit, Skip};
use guildhall_openapi::{DOCUMENT, Timestamp, UserId};
use poem_openapi::types::{ParseFromJSON, ToJSON, Type};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ts_rs::TS;

#[path = "agreement/fixtures.rs"]
mod fixtures;
#[path = "agreement/samples.rs"]
mod samples;

use fixtures::Fixtures;
use samples::{NOW, schemas};

/// Types that were looked at.
#[derive(Default)]
struct Seen {
    /// By their names in the document.
    names: BTreeSet<String>,
    fixtures: Fixtures,
}

impl Seen {
    /// Both write these samples alike, and read alike what was written, also where a field of it
    /// is missing or null.
    fn agree<T>(&mut self, samples: &[T])
    where
        T: Serialize + DeserializeOwned + ToJSON + ParseFromJSON + TS + PartialEq + Debug,
    {
        self.names.insert(<T as Type>::name().into_owned());
        self.fixtures.add(samples);
        for sample in samples {
            let written = serde_json::to_value(sample).unwrap();
            assert_eq!(sample.to_json(), Some(written.clone()), "{sample:?}");
            assert_eq!(read(&written).as_ref(), Some(sample), "{written}");
            for name in written.as_object().into_iter().flat_map(serde_json::Map::keys) {
                let mut without = written.clone();
                without.as_object_mut().unwrap().remove(name);
                read::<T>(&without);
                let mut null = written.clone();
                null[name] = Value::Null;
                // poem-openapi takes null for a field with a default; serde has the last word.
                if serde_json::from_value::<T>(null.clone()).is_ok() {
                    read::<T>(&null);
                }
                let mut other = written.clone();
                other[name] = serde_json::json!({ "of": "another type" });
                read::<T>(&other);
            }
        }
    }
}

/// What both read; none where neither can.
fn read<T>(json: &Value) -> Option<T>
where
    T: DeserializeOwned + ParseFromJSON + PartialEq + Debug,
{
    let by_serde = serde_json::from_value(json.clone()).ok();
    let by_poem = T::parse_from_json(Some(json.clone())).ok();
    assert_eq!(by_poem, by_serde, "{} from {json}", T::name());
    by_serde
}

#[test]
fn scalars_are_written_and_read_alike() {
    let seen = &mut Seen::default();
    seen.agree(&[NOW, Timestamp::from_micros(0), Timestamp::from_micros(i64::MAX)]);
    seen.agree(&[UserId::FIRST, UserId::new(i64::MAX).unwrap()]);
    seen.agree(&[Limit::default()]);
    seen.agree(&[Skip::default()]);
    for bad in ["0", "-1", "1.5", "\"1\"", "9223372036854775808", "null", "true", "[]"] {
        assert_eq!(read::<UserId>(&bad.parse().unwrap()), None, "{bad}");
    }
}

#[test]
fn every_schema_of_the_document_is_written_and_read_alike() {
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let named = document["components"]["schemas"].as_object().unwrap();
    let named: BTreeSet<_> = named.keys().cloned().collect();
    assert_eq!(schemas().names, named, "a type that this test has no samples of, or one too many");
}

#[test]
fn the_fixtures_are_what_serde_writes() {
    let mut fixtures = schemas().fixtures;
    fixtures.add_queries();
    fixtures.add_scalars();
    fixtures.check();
}
