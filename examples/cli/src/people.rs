//! People: listing them, finding one by name, and what they are called.

use std::collections::HashMap;

use anstyle::Style;
use futures_util::TryStreamExt as _;
use guildhall_client::contract::accounts::UserQuery;
use guildhall_client::contract::{UserId, UserView};
use guildhall_client::{Client, Error};

use crate::failure::Failure;
use crate::output::{BOLD, FAINT, Output};

pub(crate) async fn list(
    client: &Client,
    output: Output,
    query: Option<String>,
) -> Result<(), Failure> {
    let query = UserQuery { q: query.map(Into::into), ..UserQuery::default() };
    let people: Vec<_> = output.wait(client.accounts().list(&query).rows().try_collect()).await?;
    let columns =
        [("ID", FAINT), ("USERNAME", BOLD), ("NAME", Style::new()), ("EMAIL", Style::new())];
    output.list(&people, columns, cells, "Nobody is called that.")
}

fn cells(person: &UserView) -> [String; 4] {
    let (full_name, email) = match person {
        UserView::Full(user) => (&user.full_name, &user.email),
        UserView::Member(member) => (&member.full_name, &member.email),
    };
    let full_name = full_name.as_deref().unwrap_or_default();
    [person.id().to_string(), person.username().into(), full_name.into(), email.to_string()]
}

/// Whoever has this username.
pub(crate) async fn find(client: &Client, name: &str) -> Result<UserView, Failure> {
    // Names that only hold it are found too.
    let query = UserQuery { q: Some(name.into()), ..UserQuery::default() };
    let mut people = client.accounts().list(&query).rows();
    while let Some(person) = people.try_next().await? {
        if person.username().eq_ignore_ascii_case(name) {
            return Ok(person);
        }
    }
    let detail = format!("nobody has the username {name}");
    Err(Failure::new("user_not_found", detail).hint("`guild users` lists who is here"))
}

/// What people are called, asked for once each.
#[derive(Debug, Default)]
pub(crate) struct Names(HashMap<UserId, String>);

impl Names {
    pub(crate) async fn of(&mut self, client: &Client, id: UserId) -> String {
        if let Some(known) = self.0.get(&id) {
            return known.clone();
        }
        let person = client.accounts().get(id).await;
        let name = match &person {
            Ok(person) => person.username().to_owned(),
            // Deleted, or not for everyone's eyes.
            Err(_) => format!("user {id}"),
        };
        // Where the server could not be reached, it is asked again next time.
        if !matches!(person, Err(Error::Transport(_))) {
            self.0.insert(id, name.clone());
        }
        name
    }
}
