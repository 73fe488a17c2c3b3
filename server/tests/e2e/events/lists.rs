//! `GET /events` and `GET /events/{event_id}/attendees`: pages, and what is asked for, as it is written
//! out in queries and links.

use std::fmt::Write as _;

use guildhall_openapi::{Event, NewEvent};
use serde_json::Value;

use super::event;
use crate::support::{Api, on_both};

on_both! {
    /// An event that is shown twice, or never, or to the wrong question.
    async fn every_page_together_is_the_list_of_events(world) {
        let ((alice, api), (bob, other)) = (world.someone().await, world.someone().await);
        let mut all = Vec::new();
        // Dates fall while ids rise.
        for day in (1..=23).rev() {
            let description = ["100% FUN", "tea_time", r"a\b", "Fête"][day % 4];
            let new = NewEvent {
                title: format!("Day {day:02}").into(),
                description: description.into(),
                date: format!("2030-05-{day:02}T12:00:00Z").parse().unwrap(),
                location: "The Garden".into(),
            };
            let by = if day % 5 == 0 { &other } else { &api };
            all.push(by.events().create(&new).await.unwrap());
        }
        let titles = |of: &dyn Fn(&Event) -> bool| -> Vec<String> {
            all.iter().filter(|event| of(event)).map(|event| event.title.to_string()).collect()
        };
        for limit in [1, 5, 22, 23, 1000] {
            let (walked, pages) = walk(&world.api, &format!("/events?limit={limit}")).await;
            assert_eq!(walked, titles(&|_| true), "{limit} a page");
            assert_eq!(pages, all.len().div_ceil(limit), "no page too many");
        }
        let (from, to) = ("2030-05-07T12:00:00Z".parse().unwrap(), "2030-05-20T12:00:00Z".parse().unwrap());
        let between = titles(&|event| (from..to).contains(&event.date));
        assert_eq!(between.len(), 13, "from counts, to does not");
        for range in [
            "from=2030-05-07T12:00:00&to=2030-05-20T12:00:00",
            "from=2030-05-07T12:00:00Z&to=2030-05-20T12:00:00Z",
            "from=2030-05-07T14:00:00%2B02:00&to=2030-05-20T14:00:00+02:00",
        ] {
            let (walked, _) = walk(&world.api, &format!("/events?{range}&limit=3")).await;
            assert_eq!(walked, between, "{range}");
        }
        let bobs = titles(&|event| event.organizer_id == bob.id);
        for (query, expected) in [
            (format!("organizer_id={}", bob.id), bobs.clone()),
            (format!("organizer_id={}&to=2030-05-20T12:00:00&q=day", bob.id), bobs[1..].to_vec()),
            (format!("organizer_id={}&q=nothing", alice.id), vec![]),
            ("q=100%25".into(), titles(&|event| event.description.contains('%'))),
            ("q=_".into(), titles(&|event| event.description.contains('_'))),
            ("q=%5C".into(), titles(&|event| event.description.contains('\\'))),
            ("q=F%C3%8ATE".into(), titles(&|event| event.description == "Fête")),
            ("q=+garden+".into(), titles(&|_| true)),
            ("q=day+0".into(), titles(&|event| event.title.starts_with("Day 0"))),
            ("q=+".into(), titles(&|_| true)),
            ("from=2030-05-20T12:00:00&to=2030-05-07T12:00:00".into(), vec![]),
            ("from=9999-12-31T23:59:59".into(), vec![]),
            ("to=0001-01-01T00:00:00".into(), vec![]),
        ] {
            let events: Vec<Event> = world.api.get(&format!("/events?{query}&limit=1000")).await.json();
            let shown: Vec<_> = events.iter().map(|event| event.title.to_string()).collect();
            assert_eq!(shown, expected, "{query}");
        }
        for (name, bad) in [
            ("from", "yesterday"), ("to", ""), ("from", "2030-05-07"), ("organizer_id", "0"), ("after", "x"),
            ("limit", "0"), ("limit", "1001"), ("skip", "-1"), ("q", "%00"),
        ] {
            world.api.get(&format!("/events?{name}={bad}")).await.names(name);
        }
    }

    /// Someone who attends and is not shown, or shown twice.
    async fn every_page_together_is_everyone_who_attends(world) {
        let (_, api) = world.someone().await;
        let id = event(&api, "Crowded").await.id;
        let mut all = Vec::new();
        for _ in 0..7 {
            let (user, other) = world.someone().await;
            other.events().attend(id).await.unwrap();
            all.push(user.username.to_string());
        }
        for limit in [1, 3, 7, 100] {
            let (walked, pages) = walk(&api, &format!("/events/{id}/attendees?limit={limit}")).await;
            assert_eq!(walked, all, "{limit} a page");
            assert_eq!(pages, all.len().div_ceil(limit), "no page too many");
        }
    }
}

/// Follows `Link` to the end: what everything is called, and on how many pages it was.
async fn walk(api: &Api, path: &str) -> (Vec<String>, usize) {
    let (mut seen, mut path, mut pages) = (Vec::new(), path.to_owned(), 0);
    loop {
        let reply = api.get(&path).await;
        let rows: Vec<Value> = reply.json();
        assert!(!rows.is_empty(), "a page that was announced");
        let name =
            |row: &Value| row["title"].as_str().or(row["username"].as_str()).unwrap().to_owned();
        seen.extend(rows.iter().map(name));
        pages += 1;
        let link = reply.header("link");
        if link.is_empty() {
            return (seen, pages);
        }
        let next = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\""));
        // Relative to the list's own address (RFC 3986, 5.4): a query alone.
        path.truncate(path.find('?').unwrap());
        write!(path, "{}", next.filter(|next| next.starts_with('?')).unwrap()).unwrap();
    }
}
