//! One conversation: what was written, as it comes, and what one writes.

use guildhall_client::contract::{Conversation, Message, NewMessage, UserId};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::browser::{in_words, is_visible};
use super::chat::Chat;
use super::messages::name;

#[component(inline_props)]
pub(crate) fn ConversationPage(with: UserId) -> View {
    let chat = use_context::<Chat>();
    let messages = create_memo(move || chat.conversation(with));
    let has_more = create_signal(false);

    chat.read(move || async move {
        has_more.set(chat.read_messages(with, None).await?);
        Ok(())
    });
    let read_earlier = move |_| async move {
        let oldest = messages.with(|messages| messages.first().map(|message| message.id));
        match chat.read_messages(with, oldest).await {
            Ok(more) => has_more.set(more),
            Err(error) => chat.note(Err(error)),
        }
    };

    let is_visible = is_visible();
    create_effect(move || {
        let is_unread = |message: &&Message| message.sender_id == with && !message.is_read;
        let newest = messages.with(|messages| messages.iter().rfind(is_unread).map(|m| m.id));
        if let Some(newest) = newest
            && is_visible.get()
        {
            chat.mark_read(with, newest);
        }
    });

    view! {
        h2 { Name(with=with) }
        // It is a column from below, which stays at its end when messages come.
        div(class="scroller", tabindex="0", role="group", aria-label="Messages so far") {
            div(role="log", aria-label="Messages") {
                if has_more.get() {
                    button(r#type="button", on:click=read_earlier) { "Earlier messages" }
                }
                Keyed(
                    list=messages,
                    key=|message| (message.id, message.is_read),
                    view=move |message| view! { Bubble(message=message, with=with) },
                )
            }
        }
        Composer(with=with)
    }
}

#[component(inline_props)]
fn Name(with: UserId) -> View {
    let chat = use_context::<Chat>();
    let shown = create_signal("…".to_owned());
    chat.read(move || async move {
        let is_with = |row: &&Conversation| row.user.id == with;
        let listed =
            chat.conversations.with_untracked(|list| list.iter().flatten().find(is_with).map(name));
        shown.set(match listed {
            Some(name) => name,
            None => chat.client().accounts().get(with).await?.username().to_owned(),
        });
        Ok(())
    });
    view! { bdi { (shown) } }
}

#[component(inline_props)]
fn Bubble(message: Message, with: UserId) -> View {
    let is_mine = message.sender_id != with;
    let read = if is_mine && message.is_read { " · Read" } else { "" };
    let time = in_words(message.created_at);
    let text = message.content.into_string();
    view! {
        article(data-mine=is_mine.to_string()) {
            p(dir="auto") { (text) }
            footer { time(datetime=message.created_at.to_string()) { (time) } (read) }
        }
    }
}

#[component(inline_props)]
fn Composer(with: UserId) -> View {
    let chat = use_context::<Chat>();
    let draft = create_signal(String::new());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let text = draft.take();
        if !text.trim().is_empty() {
            let message = NewMessage { content: text.into(), receiver_id: with };
            chat.send(message, move |message| {
                if draft.is_alive() && draft.with(String::is_empty) {
                    draft.set(message.content.into_string());
                }
            });
        }
    };
    view! {
        form(class="composer", on:submit=submit) {
            input(aria-label="Message", placeholder="Message", autocomplete="off", bind:value=draft)
            button { "Send" }
        }
    }
}
