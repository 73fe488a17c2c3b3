//! The conversations, the one with the newest message first.

use guildhall_client::contract::Conversation;
use sycamore::prelude::*;

use super::chat::Chat;

#[component]
pub(crate) fn MessagesPage() -> View {
    let chat = use_context::<Chat>();
    chat.read(move || chat.read_conversations());
    let conversations = create_memo(move || chat.conversations.get_clone().unwrap_or_default());
    let is_empty = move || chat.conversations.with(|list| list.as_ref().is_some_and(Vec::is_empty));

    view! {
        h2 { "Messages" }
        ul(class="rows", aria-label="Conversations") {
            Keyed(
                list=conversations,
                // Whatever changes in a conversation, there is a new message or one less unread.
                key=|row| (row.user.id, row.last_message.id, row.unread_count),
                view=|row| view! { Row(row=row) },
            )
        }
        if is_empty() {
            p { "Nobody has written yet. Choose someone under People." }
        }
    }
}

#[component(inline_props)]
fn Row(row: Conversation) -> View {
    let (name, preview) = (name(&row), row.last_message.content.into_string());
    let unread = format!("{} unread", row.unread_count);
    view! {
        li {
            a(href=format!("#/messages/{}", row.user.id)) {
                bdi { (name) } " "
                span(class="preview") { (preview) } " "
                if row.unread_count > 0 {
                    span(class="unread") { (unread) }
                }
            }
        }
    }
}

/// The other side's name, as far as it is told.
pub(crate) fn name(row: &Conversation) -> String {
    row.user.username.as_deref().unwrap_or("Someone").to_owned()
}
