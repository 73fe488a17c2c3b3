//! The endpoint table's word on who may make a call, tried on every call.

use std::collections::HashMap;

use guildhall_core::{Directory, Policy, Registration};
use guildhall_openapi::endpoint::{Setting, Verdict, Who};
use guildhall_openapi::{ErrorCode, Operation, Problem, User, UserId, operations};
use serde_json::Value;

use crate::events::event;
use crate::groups::{into_group, new_group};
use crate::messages::send;
use crate::sessions::new_session;
use crate::support::{Api, Document, Reply, World, on_both};

on_both! {
    /// A call that is made by someone whom the table does not let, or not by someone whom it does.
    async fn every_call_is_open_to_those_the_table_names(world) {
        let document = Document::checked_in();
        // Whoever the document's examples are about can sign in as they say.
        world.register("alice").await;
        let mut wrong = Vec::new();
        for setting in Setting::ALL {
            let server = world.under(policy(setting)).await;
            let mut cast = Cast { world, server, people: HashMap::new() };
            for operation in operations() {
                for who in operation.callers() {
                    let about = format!("{}, {who:?}, {setting:?}", operation.id);
                    let path = cast.scene(operation, &about).await;
                    let mut request = cast.api(who).await.request(operation.method.as_str(), &path);
                    if operation.has_body {
                        request = request.json(&body(document, operation));
                    }
                    let seen = verdict(operation, &Reply::to(request).await);
                    let table = operation.access.verdict(who, setting);
                    if seen != table {
                        wrong.push(format!("{about}: {seen:?}, not {table:?}"));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

fn policy(setting: Setting) -> Policy {
    let usual = Policy::default();
    match setting {
        Setting::Usual => usual,
        Setting::DirectoryPublic => Policy { directory: Directory::Public, ..usual },
        Setting::DirectoryPrivate => Policy { directory: Directory::Private, ..usual },
        Setting::RegistrationClosed => Policy { registration: Registration::Closed, ..usual },
    }
}

/// A server, and those who ask it. A member is two persons: [`Who::Participant`] takes part in what
/// is touched, [`Who::Member`] has nothing to do with it.
struct Cast<'a> {
    world: &'a World,
    server: Api,
    people: HashMap<Who, (User, Api)>,
}

impl Cast<'_> {
    /// Whoever plays this part, signed in; someone new where a call was the end of the one before.
    async fn person(&mut self, who: Who) -> (User, Api) {
        if let Some((user, api)) = self.people.get(&who)
            && api.get("/auth/me").await.status == 200
        {
            return (user.clone(), api.clone());
        }
        let (user, api) = match who {
            Who::Admin => self.world.admin().await,
            _ => self.world.someone().await,
        };
        let person = (user, api.moved_to(&self.server));
        self.people.insert(who, person.clone());
        person
    }

    async fn api(&mut self, who: Who) -> Api {
        match who {
            Who::Anonymous => self.server.clone(),
            _ => self.person(who).await.1,
        }
    }

    async fn id(&mut self, who: Who) -> UserId {
        self.person(who).await.0.id
    }

    /// The path of a call on something made anew, as the call may be its end.
    async fn scene(&mut self, operation: &Operation, name: &str) -> String {
        let mut path = operation.path.to_owned();
        for parameter in operation.parameters() {
            let id = match parameter {
                "user_id" => self.id(Who::Themself).await.get(),
                "group_id" => self.group(name).await,
                "session_id" => self.session(name).await,
                "login_id" => self.login().await,
                "event_id" => self.event(name).await,
                "message_id" => self.message().await,
                // Nobody's: that it opens nothing is another test's.
                "token" => 0,
                other => panic!("say here how a {other} is made: its owner, who takes part"),
            };
            path = path.replace(&format!("{{{parameter}}}"), &id.to_string());
        }
        path
    }

    async fn group(&mut self, name: &str) -> i64 {
        let (admin, participant) = (self.api(Who::Admin).await, self.id(Who::Participant).await);
        let group = admin.groups().create(&new_group(name)).await.unwrap();
        admin.accounts().update(participant, &into_group(&group)).await.unwrap();
        group.id.get()
    }

    async fn session(&mut self, name: &str) -> i64 {
        let (owner, participant) = (self.api(Who::Owner).await, self.id(Who::Participant).await);
        let session = owner.sessions().create(&new_session(name)).await.unwrap();
        owner.sessions().add_user(session.id, participant).await.unwrap();
        session.id.get()
    }

    async fn login(&mut self) -> i64 {
        let logins = self.api(Who::Owner).await.logins().list().await.unwrap();
        logins[0].id.get()
    }

    async fn message(&mut self) -> i64 {
        let (sender, receiver) =
            (self.api(Who::Participant).await, self.person(Who::Owner).await.0);
        send(&sender, receiver.id, "x").await.id.get()
    }

    async fn event(&mut self, title: &str) -> i64 {
        let event = event(&self.api(Who::Owner).await, title).await;
        self.api(Who::Participant).await.events().attend(event.id).await.unwrap();
        event.id.get()
    }
}

/// The document's examples for the fields that have to be there.
fn body(document: &Document, operation: &Operation) -> Value {
    let contents = &document.operation(operation)["requestBody"]["content"];
    let schema = document.resolve(&contents["application/json"]["schema"]);
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    required.map(|name| (name, schema["properties"][name]["example"].clone())).collect()
}

/// What an answer says of who asked. They may also where something else is in the way: a name that
/// is taken, a token that was never given, someone whom only the body names.
fn verdict(operation: &Operation, reply: &Reply) -> Verdict {
    use ErrorCode::{Forbidden, InvalidRefreshToken, NotAuthenticated, RegistrationClosed};
    let problem = serde_json::from_str::<Problem>(&reply.body);
    match (reply.status, problem.ok().map(|problem| problem.code)) {
        (_, Some(code @ (NotAuthenticated | Forbidden | RegistrationClosed))) => Verdict::No(code),
        (404, _) if operation.parameters().next().is_some() => Verdict::Hidden,
        (200 | 204 | 400 | 404, _) | (_, Some(InvalidRefreshToken)) => Verdict::Yes,
        // They may open a socket, for which was not asked here.
        (422, _) if operation.path.starts_with("/ws") => Verdict::Yes,
        // What a mail has told is not in the body, in neither of its forms.
        (422, _) if matches!(operation.id, "reset_password" | "verify_email") => Verdict::Yes,
        _ => panic!("{} says nothing of who asked: {reply:?}", operation.id),
    }
}
