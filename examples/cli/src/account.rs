//! Accounts: making one, and being signed in to it.

use guildhall_client::Client;
use guildhall_client::contract::NewAccount;

use crate::args::NewAccountArgs;
use crate::ask;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) async fn register(
    client: &Client,
    output: Output,
    account: NewAccountArgs,
) -> Result<(), Failure> {
    let NewAccountArgs { username, email, full_name } = account;
    let password = ask::new_password()?;
    let new = NewAccount {
        username: username.as_str().into(),
        email: email.into(),
        password: password.as_str().into(),
        full_name: full_name.map(Into::into),
    };
    let user = output.wait(client.auth().sign_up(&new)).await?;
    output.wait(client.auth().sign_in(&username, &password)).await?;
    output.show(&user, || format!("Welcome, {}. You are signed in.", &*user.username))
}

pub(crate) async fn login(
    client: &Client,
    output: Output,
    name: Option<String>,
) -> Result<(), Failure> {
    let name = name.map_or_else(ask::name, Ok)?;
    let password = ask::password()?;
    output.wait(client.auth().sign_in(&name, &password)).await?;
    let user = output.wait(client.accounts().me()).await?;
    output.show(&user, || format!("Signed in as {}.", &*user.username))
}

pub(crate) async fn logout(client: &Client, output: Output) -> Result<(), Failure> {
    let was_signed_in = client.auth().is_signed_in();
    output.wait(client.auth().sign_out()).await?;
    output.show(&(), || if was_signed_in { "Signed out." } else { "Nobody was signed in." }.into())
}

pub(crate) async fn whoami(client: &Client, output: Output) -> Result<(), Failure> {
    let user = output.wait(client.accounts().me()).await?;
    output.show(&user, || match &user.full_name {
        Some(name) => format!("{} ({}), {}", &*user.username, &**name, &*user.email),
        None => format!("{}, {}", &*user.username, &*user.email),
    })
}
