//! Direct messages: one, or a conversation that goes on.

use std::collections::HashSet;

use futures_util::StreamExt as _;
use guildhall_client::Client;
use guildhall_client::contract::page::{Limit, Recent};
use guildhall_client::contract::stream::SyncQuery;
use guildhall_client::contract::{Message, MessageId, NewMessage, Push, User, UserView};

use crate::args::ChatArgs;
use crate::dates;
use crate::failure::Failure;
use crate::output::{CYAN, FAINT, GREEN, Output, json, lines, one_line};
use crate::people;
use crate::screen::Screen;
use crate::watch::Contact;

pub(crate) async fn send(
    client: &Client,
    output: Output,
    name: &str,
    text: String,
) -> Result<(), Failure> {
    let receiver = output.wait(people::find(client, name)).await?;
    let new = NewMessage { content: text.into(), receiver_id: receiver.id() };
    let message = output.wait(client.messages().send(&new)).await?;
    output.show(&message, || format!("Sent to {}.", receiver.username()))
}

pub(crate) async fn chat(client: &Client, output: Output, args: ChatArgs) -> Result<(), Failure> {
    let me = output.wait(client.accounts().me()).await?;
    let them = output.wait(people::find(client, &args.name)).await?;
    // The place in the stream comes before the history: what is sent in between is in both.
    let place = output.wait(client.sync(&SyncQuery::default())).await?.cursor;
    let mut frames = client.stream_from(place.into_string());
    let mut contact = Contact::of(&frames);
    let (screen, mut typed) = Screen::open(output)?;
    let shown = HashSet::new();
    let mut chat = Chat { client, output, screen, me, them, shown };
    chat.catch_up(args.history).await?;
    loop {
        tokio::select! {
            line = typed.recv() => match line {
                Some(line) => chat.say(line?).await?,
                None => return Ok(()),
            },
            frame = frames.next() => match frame.ok_or_else(Failure::signed_out)?.push {
                Push::NewMessage { message } => chat.hear(&message).await?,
                Push::ResyncRequired => chat.catch_up(args.history).await?,
                _ => {}
            },
            news = contact.news() => chat.screen.note(news)?,
        }
    }
}

/// A conversation that is on the screen.
struct Chat<'c> {
    client: &'c Client,
    output: Output,
    screen: Screen,
    me: User,
    them: UserView,
    shown: HashSet<MessageId>,
}

impl Chat<'_> {
    /// Shows the last messages, as far as they are not shown yet.
    async fn catch_up(&mut self, limit: Limit) -> Result<(), Failure> {
        let last = Recent { limit, ..Recent::default() };
        let page = self.client.messages().conversation(self.them.id(), &last).await?;
        for message in page.rows.iter().rev() {
            self.show(message)?;
        }
        self.have_read().await;
        Ok(())
    }

    /// Sends what was typed. At a terminal a message that does not go out ends nothing: whoever typed
    /// it sees it stand there, and why.
    async fn say(&mut self, line: String) -> Result<(), Failure> {
        if line.trim().is_empty() {
            return Ok(());
        }
        let new = NewMessage { content: line.into(), receiver_id: self.them.id() };
        match self.client.messages().send(&new).await {
            // It stands where it was typed.
            Ok(message) if self.screen.is_edited() => {
                self.shown.insert(message.id);
                Ok(())
            }
            Ok(message) => self.show(&message),
            Err(error) if self.screen.is_edited() => self.screen.fail(&error.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Shows a message that is one of this conversation's.
    async fn hear(&mut self, message: &Message) -> Result<(), Failure> {
        let (me, them) = (self.me.id, self.them.id());
        let way = (message.sender_id, message.receiver_id);
        if way == (me, them) || way == (them, me) {
            self.show(message)?;
        }
        if way == (them, me) {
            self.have_read().await;
        }
        Ok(())
    }

    fn show(&mut self, message: &Message) -> Result<(), Failure> {
        if !self.shown.insert(message.id) {
            return Ok(());
        }
        if self.output.json {
            return self.screen.print(json(message)?);
        }
        let (name, style) = if message.sender_id == self.me.id {
            (&*self.me.username, GREEN)
        } else {
            (self.them.username(), CYAN)
        };
        let when = self.output.paint(FAINT, &dates::shown(message.created_at));
        let name = self.output.paint(style, &one_line(name));
        self.screen.print(format!("{when}  {name}  {}", lines(&message.content)))
    }

    /// Notes that all is read. If that does not reach the server, the next message does it.
    async fn have_read(&self) {
        self.client.messages().read_conversation(self.them.id()).await.ok();
    }
}
