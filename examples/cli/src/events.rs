//! Events: what takes place when and where.

use anstyle::Style;
use futures_util::TryStreamExt as _;
use guildhall_client::Client;
use guildhall_client::contract::events::{EventQuery, EventSelection};
use guildhall_client::contract::{Event, NewEvent};

use crate::args::EventCommand;
use crate::dates;
use crate::failure::Failure;
use crate::output::{BOLD, CYAN, FAINT, Output};

pub(crate) async fn run(
    client: &Client,
    output: Output,
    command: EventCommand,
) -> Result<(), Failure> {
    match command {
        EventCommand::List { from, to, query } => {
            let selection =
                EventSelection { from, to, q: query.map(Into::into), organizer_id: None };
            list(client, output, selection).await
        }
        EventCommand::Create { title, date, location, description } => {
            let new = NewEvent {
                title: title.into(),
                description: description.into(),
                date,
                location: location.into(),
            };
            let event = output.wait(client.events().create(&new)).await?;
            output.show(&event, || format!("Announced as event {}: {}", event.id, line(&event)))
        }
        EventCommand::Attend { id } => {
            output.wait(client.events().attend(id)).await?;
            let event = output.wait(client.events().get(id)).await?;
            output.show(&event, || format!("You attend: {}", line(&event)))
        }
        EventCommand::Leave { id } => {
            output.wait(client.events().leave(id)).await?;
            let event = output.wait(client.events().get(id)).await?;
            output.show(&event, || format!("You do not attend: {}", line(&event)))
        }
    }
}

async fn list(client: &Client, output: Output, selection: EventSelection) -> Result<(), Failure> {
    let none = if selection == EventSelection::default() {
        "No events yet. `guild events create` announces one."
    } else {
        "No events like that."
    };
    let query = EventQuery { selection, ..EventQuery::default() };
    let mut events: Vec<_> = output.wait(client.events().list(&query).rows().try_collect()).await?;
    events.sort_by_key(|event: &Event| event.date);
    let columns = [("ID", FAINT), ("WHEN", CYAN), ("TITLE", BOLD), ("WHERE", Style::new())];
    let cells = |event: &Event| {
        let when = dates::shown(event.date);
        [event.id.to_string(), when, event.title.to_string(), event.location.to_string()]
    };
    output.list(&events, columns, cells, none)
}

/// An event in a line.
pub(crate) fn line(event: &Event) -> String {
    let place = if event.location.is_empty() { "" } else { ", " };
    format!("{}, {}{place}{}", &*event.title, dates::shown(event.date), &*event.location)
}
