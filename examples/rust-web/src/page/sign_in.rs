//! Signing in, and signing up.

use guildhall_client::contract::NewAccount;
use guildhall_client::{Client, Error};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

#[component]
pub(crate) fn SignInPage() -> View {
    let client = use_context::<Client>();
    let is_new = create_signal(false);
    let problem = create_signal(None::<String>);
    let is_busy = create_signal(false);
    let username = create_signal(String::new());
    let email = create_signal(String::new());
    let password = create_signal(String::new());

    let switch = move |_| {
        problem.set(None);
        is_new.set(!is_new.get());
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        is_busy.set(true);
        let client = client.clone();
        async move {
            let (email, password) = (email.get_clone(), password.get_clone());
            let new = is_new.get().then(|| NewAccount {
                username: username.get_clone().into(),
                email: email.clone().into(),
                password: password.clone().into(),
                full_name: None,
            });
            // Where it goes well, the chat takes the form's place.
            let outcome = enter(&client, new, &email, &password).await;
            problem.set(outcome.err().map(|error| error.to_string()));
            is_busy.set(false);
        }
    };

    view! {
        main(class="welcome") {
            h1 { "Guildhall" }
            form(on:submit=submit) {
                if is_new.get() {
                    Field(label="Username", kind="text", autocomplete="username", value=username)
                    Field(label="Email", kind="email", autocomplete="email", value=email)
                    Field(label="Password", kind="password", autocomplete="new-password", value=password)
                } else {
                    Field(label="Email or username", kind="text", autocomplete="username", value=email)
                    Field(label="Password", kind="password", autocomplete="current-password", value=password)
                }
                (problem.get_clone().map(|problem| view! { p(class="problem", role="alert") { (problem) } }))
                button(disabled=is_busy.get()) { (if is_new.get() { "Sign up" } else { "Sign in" }) }
                button(r#type="button", on:click=switch) {
                    (if is_new.get() { "I have an account" } else { "Create an account" })
                }
            }
        }
    }
}

#[component(inline_props)]
fn Field(
    label: &'static str,
    kind: &'static str,
    autocomplete: &'static str,
    value: Signal<String>,
) -> View {
    view! {
        label {
            (label)
            input(r#type=kind, autocomplete=autocomplete, required=true, bind:value=value)
        }
    }
}

/// Signs in, and signs up first where there is a new account.
async fn enter(
    client: &Client,
    new: Option<NewAccount>,
    identifier: &str,
    password: &str,
) -> Result<(), Error> {
    if let Some(new) = new {
        client.auth().sign_up(&new).await?;
    }
    client.auth().sign_in(identifier, password).await
}
