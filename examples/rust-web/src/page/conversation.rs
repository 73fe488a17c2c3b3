//! One conversation: what was written, as it comes, and what one writes.

use guildhall_client::contract::{Conversation, Message, NewMessage, UserId};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::browser::{in_words, is_visible};
use super::chat::{Chat, Outgoing};
use super::messages::name;

#[component(inline_props)]
pub(crate) fn ConversationPage(with: UserId) -> View {
    let chat = use_context::<Chat>();
    let messages = create_memo(move || chat.conversation(with));
    let outgoing = create_memo(move || chat.outgoing(with));
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
        let newest = messages.with(|messages| {
            messages.iter().rfind(is_unread)?;
            messages.last().map(|message| message.id)
        });
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
                Keyed(
                    list=outgoing,
                    key=|outgoing| (outgoing.key.clone(), outgoing.problem.clone()),
                    view=|outgoing| view! { Waiting(outgoing=outgoing) },
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

/// A message on its way, or one that did not get there.
#[component(inline_props)]
fn Waiting(outgoing: Outgoing) -> View {
    let chat = use_context::<Chat>();
    let Outgoing { key, message, problem, .. } = outgoing;
    let with = message.receiver_id;
    let state = match problem {
        None => view! { footer { "Not sent yet" } },
        Some(problem) => view! {
            footer(class="problem") {
                "Not sent: " (problem) " "
                button(r#type="button", on:click=move |_| chat.send_again(with)) { "Try again" } " "
                button(r#type="button", on:click=move |_| chat.discard(&key)) { "Discard" }
            }
        },
    };
    let text = message.content.into_string();
    view! {
        article(data-mine="true") {
            p(dir="auto") { (text) }
            (state)
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
        let text = text.trim();
        if !text.is_empty() {
            chat.send(NewMessage { content: text.into(), receiver_id: with });
        }
    };
    view! {
        form(class="composer", on:submit=submit) {
            input(aria-label="Message", placeholder="Message", autocomplete="off", bind:value=draft)
            button { "Send" }
        }
    }
}
