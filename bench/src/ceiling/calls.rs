//! The calls that read from the tables and write to them: parse, one statement, answer.

use std::sync::Arc;

use guildhall_core::clock::{Clock as _, SystemClock};
use poem::error::{InternalServerError, NotFoundError};
use poem::handler;
use poem::web::{Data, Json, Path, Query};
use serde::Deserialize;

use super::tables::{Database, Event, Message};

#[derive(Deserialize)]
struct NewEvent {
    title: String,
    description: String,
    date: String,
    location: String,
}

#[derive(Deserialize)]
struct NewMessage {
    content: String,
    receiver_id: i64,
}

#[derive(Deserialize)]
struct Part {
    after: i64,
}

type Tables = Arc<dyn Database>;

#[handler]
pub(super) async fn get_event(Path(id): Path<i64>, db: Data<&Tables>) -> poem::Result<Json<Event>> {
    let event = db.event(id).await.map_err(InternalServerError)?;
    Ok(Json(event.ok_or(NotFoundError)?))
}

#[handler]
pub(super) async fn list_events(
    Query(part): Query<Part>,
    db: Data<&Tables>,
) -> poem::Result<Json<Vec<Event>>> {
    Ok(Json(db.page(part.after).await.map_err(InternalServerError)?))
}

#[handler]
pub(super) async fn create_event(
    Json(new): Json<NewEvent>,
    db: Data<&Tables>,
) -> poem::Result<Json<Event>> {
    let NewEvent { title, description, date, location } = new;
    let now = SystemClock.now().to_string();
    let mut event = Event {
        id: 0,
        title,
        description,
        date,
        location,
        organizer_id: 1,
        created_at: now.clone(),
        updated_at: now,
    };
    db.create(&mut event).await.map_err(InternalServerError)?;
    Ok(Json(event))
}

#[handler]
pub(super) async fn send_message(
    Json(new): Json<NewMessage>,
    db: Data<&Tables>,
) -> poem::Result<Json<Message>> {
    let mut message = Message {
        id: 0,
        content: new.content,
        created_at: SystemClock.now().to_string(),
        sender_id: 1,
        receiver_id: new.receiver_id,
        is_read: false,
        read_at: None,
    };
    db.send(&mut message).await.map_err(InternalServerError)?;
    Ok(Json(message))
}
