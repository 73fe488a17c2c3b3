//! The bot: it hears what is written to it, through its stream, and answers.

use anyhow::Result;
use guildhall_core::openapi::events::EventQuery;
use guildhall_core::openapi::page::Page;
use guildhall_core::openapi::{Event, Message, NewMessage, Push, UserView};
use guildhall_core::stream::Stream;
use guildhall_core::{Caller, Guildhall};

/// Answers what its stream tells it of, until that ends.
pub(crate) async fn work(
    guildhall: Guildhall,
    concierge: Caller,
    mut stream: Stream,
) -> Result<()> {
    while let Ok(delivery) = stream.next().await {
        let Push::NewMessage { message } = delivery.push() else { continue };
        // The stream also tells of what the bot itself has sent.
        if message.sender_id == concierge.id() {
            continue;
        }
        let content = answer(&guildhall, message).await?.into();
        let answer = NewMessage { content, receiver_id: message.sender_id };
        guildhall.messages().send(&concierge, answer, None).await?;
    }
    Ok(())
}

async fn answer(guildhall: &Guildhall, message: &Message) -> Result<String> {
    let (events, _) = guildhall.events().list(EventQuery::default()).await?;
    let Some(next) = events.into_iter().min_by_key(|event| event.date) else {
        return Ok("Nothing is on.".to_owned());
    };
    match message.content.to_lowercase().as_str() {
        "join" => join(guildhall, message, &next).await,
        _ => Ok(format!(
            "{}: {}, {}. Write “join” to come.",
            &*next.title, next.date, &*next.location
        )),
    }
}

/// The bot does for a person what the person asked for, as that person.
async fn join(guildhall: &Guildhall, message: &Message, event: &Event) -> Result<String> {
    let sender = guildhall.accounts().acting_as(message.sender_id).await?;
    guildhall.events().attend(&sender, event.id).await?;
    let (guests, _) = guildhall.events().attendees(&sender, event.id, &Page::default()).await?;
    let guests: Vec<_> = guests.iter().map(UserView::username).collect();
    Ok(format!("See you there! So far: {}.", guests.join(", ")))
}
