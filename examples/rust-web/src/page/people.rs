//! Who is here.

use gloo_timers::future::TimeoutFuture;
use guildhall_client::contract::UserView;
use guildhall_client::contract::accounts::UserQuery;
use sycamore::prelude::*;

use super::chat::Chat;

/// How long typing pauses before it is looked for, in milliseconds.
const PAUSE: u32 = 150;

#[component]
pub(crate) fn PeoplePage() -> View {
    let chat = use_context::<Chat>();
    let search = create_signal(String::new());
    let people = create_signal(Vec::new());
    let has_more = create_signal(false);

    // What is typed meanwhile ends the search for what was typed before.
    chat.read(move || {
        let q = Some(search.get_clone()).filter(|text| !text.trim().is_empty());
        async move {
            if q.is_some() {
                TimeoutFuture::new(PAUSE).await;
            }
            let query = UserQuery { q: q.map(Into::into), ..UserQuery::default() };
            let page = chat.client().accounts().list(&query).await?;
            has_more.set(page.has_more);
            people.set(page.rows);
            Ok(())
        }
    });

    view! {
        h2 { "People" }
        input(r#type="search", aria-label="Search people", placeholder="Search people", bind:value=search)
        ul(class="rows", aria-label="People") {
            Keyed(list=people, key=UserView::id, view=|person| view! { Row(person=person) })
        }
        if has_more.get() {
            p { "There are more; search for them." }
        }
    }
}

#[component(inline_props)]
fn Row(person: UserView) -> View {
    let name = person.username().to_owned();
    view! {
        li { a(href=format!("#/messages/{}", person.id())) { bdi { (name) } } }
    }
}
