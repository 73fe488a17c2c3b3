//! The events of the system that this one takes over from, as its page writes them.

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::support::{Reply, on_both};

/// `POST /events/`, with the words of the page filled in; a time without an offset, as there.
const BODY: &str = r#"{
    "title": "string (unique)",
    "description": "string",
    "date": "2024-03-14T12:00:00",
    "location": "string"
}"#;

on_both! {
    /// A client of the former system that does not find what it knew.
    async fn clients_of_the_former_system_find_what_they_know(world) {
        let (user, api) = world.someone().await;
        let create = |api: &crate::support::Api| {
            let request = api.request("POST", "/events/").header(CONTENT_TYPE, "application/json");
            Reply::to(request.body(BODY))
        };
        let unauthorized = create(&world.api).await;
        assert_eq!(unauthorized.status, 401, "Token JWT invalide ou manquant");
        assert_eq!(create(&world.api.with_token("votre_token_jwt")).await.status, 401);
        let created: Value = create(&api).await.json();
        let expected = json!({
            "id": 1,
            "title": "string (unique)",
            "description": "string",
            "date": "2024-03-14T12:00:00Z",
            "location": "string",
            "organizer_id": user.id,
        });
        let taken = create(&api).await;
        assert_eq!(taken.status, 400, "Un événement avec ce titre existe déjà");
        let french = api.request("POST", "/events/").header("accept-language", "fr");
        let taken = Reply::to(french.header(CONTENT_TYPE, "application/json").body(BODY)).await;
        let taken: Value = serde_json::from_str(&taken.body).unwrap();
        assert_eq!(taken["detail"], "Un événement avec ce titre existe déjà");

        let all: Vec<Value> = world.api.get("/events/").await.json();
        let one: Value = world.api.get("/events/1").await.json();
        for event in [&created, &all[0], &one] {
            for (field, value) in expected.as_object().unwrap() {
                assert_eq!(&event[field], value, "{field}");
            }
        }
        assert_eq!(all.len(), 1);
        let missing = world.api.get("/events/2").await;
        assert_eq!(missing.status, 404, "Événement non trouvé");
        assert!(missing.body.contains("\"detail\":"));
    }
}
