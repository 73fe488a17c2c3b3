//! Live sessions: who is in which.

use anstyle::Style;
use futures_util::TryStreamExt as _;
use guildhall_client::contract::sessions::SessionQuery;
use guildhall_client::contract::{NewSession, Session};
use guildhall_client::{Client, Error};

use crate::args::{SessionChange, SessionCommand};
use crate::failure::Failure;
use crate::output::{BOLD, CYAN, FAINT, Output};

pub(crate) async fn run(
    client: &Client,
    output: Output,
    command: Option<SessionCommand>,
) -> Result<(), Failure> {
    match command {
        None | Some(SessionCommand::List) => list(client, output).await,
        Some(SessionCommand::Change(change)) => {
            let session = output.wait(carry_out(client, change)).await?;
            output.show(&session, || line(&session))
        }
    }
}

async fn carry_out(client: &Client, change: SessionChange) -> Result<Session, Error> {
    let sessions = client.sessions();
    match change {
        SessionChange::Create { name } => sessions.create(&NewSession { name: name.into() }).await,
        SessionChange::Start { id } => sessions.start(id).await,
        SessionChange::Stop { id } => sessions.stop(id).await,
        SessionChange::Join { id } => sessions.add_user(id, client.accounts().me().await?.id).await,
        SessionChange::Leave { id } => {
            sessions.remove_user(id, client.accounts().me().await?.id).await
        }
    }
}

async fn list(client: &Client, output: Output) -> Result<(), Failure> {
    let rows = client.sessions().list(&SessionQuery::default()).rows();
    let sessions: Vec<_> = output.wait(rows.try_collect()).await?;
    let columns = [("ID", FAINT), ("STATE", CYAN), ("NAME", BOLD), ("WHO IS IN", Style::new())];
    let cells = |session: &Session| {
        let state = session.state.as_str();
        [session.id.to_string(), state.into(), session.name.to_string(), people(session)]
    };
    output.list(&sessions, columns, cells, "No sessions. `guild sessions create` makes one.")
}

/// A session in a line.
pub(crate) fn line(session: &Session) -> String {
    let who = if session.users.is_empty() { "nobody".into() } else { people(session) };
    format!("Session {}, {}: {}, with {who}", session.id, &*session.name, session.state.as_str())
}

fn people(session: &Session) -> String {
    let names: Vec<&str> = session.users.iter().map(|user| &*user.username).collect();
    names.join(", ")
}
