//! How frames show in the OpenAPI document: one object per `type`, told apart by it.

use std::borrow::Cow;

use poem_openapi::registry::{MetaDiscriminatorObject, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type};
use serde_json::Value;

use super::{Frame, Wait};
use crate::events::Event;
use crate::ids::{EventId, SessionId};
use crate::messages::Message;
use crate::sessions::Session;
use crate::text::Cursor;

crate::schema::scalar!(Wait, crate::schema::range(0, Wait::MAX, 0));

/// A kind of frame: its `type`, the name of its schema, what it tells, and the field in which.
struct Kind {
    tag: &'static str,
    schema: &'static str,
    description: &'static str,
    field: Option<(&'static str, MetaSchemaRef)>,
}

fn kinds() -> Vec<Kind> {
    let message = || Some(("message", Message::schema_ref()));
    let session = || Some(("session", Session::schema_ref()));
    let event = || Some(("event", Event::schema_ref()));
    let kind = |tag, schema, description, field| Kind { tag, schema, description, field };
    vec![
        kind("ready", "ReadyFrame", "The stream is open.", None),
        kind(
            "resync_required",
            "ResyncRequiredFrame",
            "Something may have been missed: read anew what is shown.",
            None,
        ),
        kind("new_message", "NewMessageFrame", "A message was sent.", message()),
        kind("message_read", "MessageReadFrame", "A message was read.", message()),
        kind(
            "session_updated",
            "SessionUpdatedFrame",
            "A session was started or stopped, or someone joined or left.",
            session(),
        ),
        kind(
            "session_deleted",
            "SessionDeletedFrame",
            "A session was deleted.",
            Some(("session_id", SessionId::schema_ref())),
        ),
        kind("event_created", "EventCreatedFrame", "An event was announced.", event()),
        kind("event_updated", "EventUpdatedFrame", "An event was changed.", event()),
        kind(
            "event_deleted",
            "EventDeletedFrame",
            "An event was deleted.",
            Some(("event_id", EventId::schema_ref())),
        ),
    ]
}

fn object(kind: Kind) -> MetaSchema {
    let tag = MetaSchema { enum_items: vec![kind.tag.into()], ..MetaSchema::new("string") };
    let mut properties = vec![("type", MetaSchemaRef::Inline(Box::new(tag)))];
    properties.extend(kind.field);
    properties.push(("cursor", Cursor::schema_ref()));
    MetaSchema {
        description: Some(kind.description),
        required: properties.iter().map(|(name, _)| *name).collect(),
        properties,
        ..MetaSchema::new("object")
    }
}

impl Type for Frame {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "Frame".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Reference("Frame".into())
    }

    fn register(registry: &mut Registry) {
        registry.create_schema::<Self, _>("Frame".into(), |registry| {
            Message::register(registry);
            Session::register(registry);
            Event::register(registry);
            let mut mapping = Vec::new();
            for kind in kinds() {
                let (tag, schema) = (kind.tag, kind.schema);
                mapping.push((tag.to_owned(), format!("#/components/schemas/{schema}")));
                registry.create_schema::<Kind, _>(schema.into(), |_| object(kind));
            }
            let reference = |kind: Kind| MetaSchemaRef::Reference(kind.schema.into());
            MetaSchema {
                description: Some("What a server sends over the stream."),
                one_of: kinds().into_iter().map(reference).collect(),
                discriminator: Some(MetaDiscriminatorObject { property_name: "type", mapping }),
                ..MetaSchema::ANY
            }
        });
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromJSON for Frame {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        serde_json::from_value(value.unwrap_or_default()).map_err(ParseError::custom)
    }
}

impl ToJSON for Frame {
    fn to_json(&self) -> Option<Value> {
        serde_json::to_value(self).ok()
    }
}
