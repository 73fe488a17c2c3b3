//! A kiosk with Guildhall inside: one program, one SQLite file, no HTTP. Ada writes on the terminal, and a bot, the
//! concierge, answers.

mod concierge;
mod house;

use std::env;

use anyhow::Result;
use guildhall_core::openapi::{NewMessage, Push, UserId};
use guildhall_core::stream::Stream;
use guildhall_core::{Caller, Guildhall};
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};

#[tokio::main]
async fn main() -> Result<()> {
    let database = env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite://embed.db".to_owned());
    let guildhall = house::open(&database).await?;
    let concierge = house::concierge(&guildhall).await?;
    let ada = house::ada(&guildhall, &concierge).await?;

    // Opened before anyone writes: what is told from then on is heard, however late the bot gets to it.
    let stream = guildhall.streams().open(&concierge, None).await?;
    tokio::select! {
        talked = talk(&guildhall, &ada, concierge.id()) => talked,
        ended = concierge::work(guildhall.clone(), concierge.clone(), stream) => ended,
    }
}

/// Asks the concierge what everyone asks, and then what is typed.
async fn talk(guildhall: &Guildhall, ada: &Caller, concierge: UserId) -> Result<()> {
    let mut stream = guildhall.streams().open(ada, None).await?;
    for question in ["What is on?", "join"] {
        println!("ada> {question}");
        ask(guildhall, ada, concierge, question, &mut stream).await?;
    }
    println!("(What you type now goes to the concierge; Ctrl-D ends.)");
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        ask(guildhall, ada, concierge, &line, &mut stream).await?;
    }
    Ok(())
}

/// Sends a message and prints the answer, which comes through Ada's stream.
async fn ask(
    guildhall: &Guildhall,
    ada: &Caller,
    concierge: UserId,
    question: &str,
    stream: &mut Stream,
) -> Result<()> {
    let new = NewMessage { content: question.into(), receiver_id: concierge };
    if let Err(refused) = guildhall.messages().send(ada, new, None).await {
        println!("({refused})");
        return Ok(());
    }
    while let Ok(delivery) = stream.next().await {
        if let Push::NewMessage { message } = delivery.push()
            && message.sender_id == concierge
        {
            println!("concierge> {}", &*message.content);
            break;
        }
    }
    Ok(())
}
