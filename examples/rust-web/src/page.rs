//! The page: a form for whoever is signed out, the chat for whoever is signed in.

mod browser;
mod chat;
mod conversation;
mod messages;
mod people;
mod sign_in;

use guildhall_client::contract::Language;
use guildhall_client::{Change, Client, Connection, LocalStore};
use sycamore::futures::spawn_local_scoped;
use sycamore::prelude::*;

use browser::Route;
use chat::Chat;
use conversation::ConversationPage;
use messages::MessagesPage;
use people::PeoplePage;
use sign_in::SignInPage;

/// Shows the page, of the server that it came from.
pub(crate) fn open() {
    let server = window().location().origin().unwrap_or_default();
    let client = Client::builder(server)
        .token_store(LocalStore::new("guildhall"))
        // What the page itself says is English too.
        .language(Language::English)
        .build();
    sycamore::render(move || match client {
        Ok(client) => view! { App(client=client) },
        Err(error) => view! { p(role="alert") { (error.to_string()) } },
    });
}

#[component(inline_props)]
fn App(client: Client) -> View {
    let mut sign_in = client.auth().watch();
    let is_signed_in = create_signal(sign_in.borrow_and_update().is_signed_in);
    provide_context(client);
    spawn_local_scoped(async move {
        while sign_in.changed().await.is_ok() {
            let now = *sign_in.borrow_and_update();
            // Whoever has new tokens is still the same; else everything below begins anew.
            if now.last_change != Some(Change::Renewed) {
                is_signed_in.set(now.is_signed_in);
            }
        }
    });
    view! {
        if is_signed_in.get() {
            ChatPage()
        } else {
            SignInPage()
        }
    }
}

#[component]
fn ChatPage() -> View {
    let client = use_context::<Client>();
    let chat = Chat::open(client.clone());
    provide_context(chat);
    let route = browser::route();
    let status = move || match chat.connection.get() {
        _ if !chat.is_online.get() => "Offline",
        Connection::Connecting => "Connecting",
        Connection::Connected => "Connected",
        Connection::Reconnecting => "Reconnecting",
        Connection::Ended(_) => "Offline",
    };
    let here = move |page: Route| {
        let is_here = route.get().page() == page;
        is_here.then_some("page")
    };
    let sign_out = move |_| {
        let client = client.clone();
        // Here it is done even where the server cannot be told.
        async move { drop(client.auth().sign_out().await) }
    };
    view! {
        header {
            h1 { "Guildhall" }
            nav(aria-label="Pages") {
                a(href="#/people", aria-current=here(Route::People)) { "People" }
                a(href="#/messages", aria-current=here(Route::Messages)) { "Messages" }
            }
            span(role="status", data-status=status()) { (status()) }
            button(r#type="button", on:click=sign_out) { "Sign out" }
        }
        main {
            (chat.problem.get_clone().map(|problem| view! {
                p(class="problem", role="alert") {
                    (problem.clone()) " "
                    button(r#type="button", on:click=move |_| chat.read_anew()) { "Reload" }
                }
            }))
            if chat.is_open.get() {
                (match route.get() {
                    Route::People => view! { PeoplePage() },
                    Route::Messages => view! { MessagesPage() },
                    Route::Conversation(with) => view! { ConversationPage(with=with) },
                })
            }
        }
    }
}
