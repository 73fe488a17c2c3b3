//! Every call of the contract, made as the contract says.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use guildhall_client::driver::{BoxFuture, Sockets};
use guildhall_client::transport::{HttpTransport, TextSocket};
use guildhall_client::{Client, Transport, TransportError};
use guildhall_openapi::accounts::{ProfilePatch, UserDeletion, UserPatch, UserQuery};
use guildhall_openapi::audit::AuditQuery;
use guildhall_openapi::logins::PasswordChange;
use guildhall_openapi::{AuditAction, Change, Role, UserView, operations};
use http::{Request, Response};
use serde_json::Value;

use crate::support::checked::operation;
use crate::support::{Checked, PASSWORD, World, account, credentials, on_both};

mod events;
mod groups;
mod messages;
mod recovery;
mod sessions;

on_both! {
    /// A call that fails, answers with another type than the contract's, or is in the contract and
    /// not in this walk.
    async fn every_call_answers_as_the_contract_says(world) {
        let all: BTreeSet<_> = operations().map(|operation| operation.id).collect();
        for slash in ["", "/"] {
            let walk = Walk { slash, made: Mutex::default() };
            let walk = walk_through(world, walk).await;
            assert_eq!(*walk.made.lock().unwrap(), all, "with {slash:?} behind each path");
        }
        shapes(world).await;
    }
}

/// Notes which calls are made.
struct Walk {
    /// What stands behind each path.
    slash: &'static str,
    made: Mutex<BTreeSet<&'static str>>,
}

/// One of those who call.
struct Walker {
    walk: Arc<Walk>,
    transport: Checked<HttpTransport>,
    sockets: Sockets,
}

impl Walk {
    fn client(self: &Arc<Self>, world: &World, sockets: Sockets) -> Client {
        let url = format!("http://{}", world.api.address);
        let transport = Checked(HttpTransport::new(&url, Duration::from_secs(60)).unwrap());
        Client::over(Walker { walk: Arc::clone(self), transport, sockets }).build().unwrap()
    }

    async fn sign_in(self: &Arc<Self>, world: &World, sockets: Sockets, name: &str) -> Client {
        let client = self.client(world, sockets);
        client.auth().sign_in(name, PASSWORD).await.unwrap();
        client
    }
}

impl Walker {
    /// A path with what stands behind it.
    fn note(&self, method: &str, path: &str) -> String {
        let request = Request::builder().method(method).uri(path).body(Bytes::new()).unwrap();
        self.walk.made.lock().unwrap().insert(operation(&request).id);
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{}{query}", request.uri().path(), self.walk.slash)
    }
}

impl Transport for Walker {
    fn send(
        &self,
        mut request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let path = self.note(request.method().as_str(), &request.uri().to_string());
        *request.uri_mut() = path.parse().unwrap();
        self.transport.send(request)
    }

    fn sockets(&self) -> Sockets {
        self.sockets
    }

    fn connect<'a>(
        &'a self,
        path: &'a str,
        access_token: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Box<dyn TextSocket>, TransportError>> {
        let path = self.note("GET", path);
        Box::pin(async move { self.transport.connect(&path, access_token).await })
    }
}

/// Makes every call once, in an order in which all succeed.
async fn walk_through(world: &World, walk: Walk) -> Arc<Walk> {
    let name = if walk.slash.is_empty() { "alice" } else { "bob" };
    let walk = Arc::new(walk);
    let signed_in = walk.client(world, Sockets::ByHeader);
    let registered = signed_in.auth().sign_up(&account(name)).await.unwrap();
    assert_eq!((registered.username.as_str(), registered.role), (name, Role::User));
    signed_in.auth().sign_in(name, PASSWORD).await.unwrap();
    signed_in.auth().renew().await.unwrap();
    assert_eq!(signed_in.accounts().me().await.unwrap().id, registered.id);
    let patch = ProfilePatch { full_name: Change::Set("A. B.".into()), ..ProfilePatch::default() };
    let patched = signed_in.accounts().update_me(&patch).await.unwrap();
    assert_eq!(patched.full_name, Some("A. B.".into()));

    let other = walk.sign_in(world, Sockets::ByHeader, name).await;
    let logins = other.logins().list().await.unwrap();
    let first = logins.iter().find(|login| !login.current).unwrap();
    other.logins().revoke(first.id).await.unwrap();
    let (current_password, new_password) = (PASSWORD.into(), "another-plum-orbit".into());
    let change = PasswordChange { current_password, new_password };
    other.logins().change_password(&change).await.unwrap();
    assert_eq!(other.logins().signing_keys().await.unwrap().keys, [], "a secret signs");
    other.logins().revoke_all().await.unwrap();
    recovery::make_calls(&other, world, &registered.email).await;

    let (admin, _) = world.admin().await;
    let by_ticket = walk.sign_in(world, Sockets::ByTicket, &admin.username).await;
    let admin = walk.sign_in(world, Sockets::ByHeader, &admin.username).await;
    let accounts = admin.accounts();
    let created = accounts.create(&account(&format!("{name}2")).into()).await.unwrap();
    let id = created.id;
    assert_eq!(accounts.get(id).await.unwrap(), UserView::Full(created.clone()));
    let users = accounts.list(&UserQuery::default()).await.unwrap();
    assert!(users.contains(&UserView::Full(created)));
    let patch = UserPatch { role: Some(Role::Admin), ..UserPatch::default() };
    assert_eq!(accounts.update(id, &patch).await.unwrap().role, Role::Admin);
    groups::make_calls(&admin).await;
    events::make_calls(&admin).await;
    sessions::make_calls(&admin).await;
    messages::make_calls(&admin).await;
    for listener in [&admin, &by_ticket] {
        messages::listen(listener).await;
    }
    accounts.delete(id, &UserDeletion::default()).await.unwrap();
    let done = admin.audit().list(&AuditQuery::default()).await.unwrap();
    assert_eq!((done[0].action, done[0].subject_id), (AuditAction::UserDeleted, Some(id)));
    assert_eq!(accounts.export().await.unwrap().user, accounts.me().await.unwrap());
    admin.auth().sign_out().await.unwrap();
    walk
}

/// What section 3 of the API's page promises: these fields, each of them, no others, and never a
/// password's hash.
async fn shapes(world: &World) {
    let full = "created_at deleted_at disabled email email_verified full_name group id last_login \
                role updated_at username";
    let member = "email full_name group id username";
    let (user, signed_in) = world.someone().await;
    let (other, _) = world.someone().await;
    let (_, admin) = world.admin().await;
    let (own, others) = (format!("/users/{}", user.id), format!("/users/{}", other.id));
    for (api, path, fields) in [
        (&signed_in, "/auth/me", full),
        (&signed_in, own.as_str(), full),
        (&signed_in, others.as_str(), member),
        (&admin, others.as_str(), full),
    ] {
        assert_eq!(names(&api.get(path).await.json()), fields, "{path}");
    }
    assert_eq!(names(&signed_in.get("/users").await.json::<Value>()[0]), member);
    assert_eq!(names(&admin.get("/users").await.json::<Value>()[0]), full);
    let tokens = world.api.post("/login", &credentials(&user.username)).await.json();
    assert_eq!(names(&tokens), "access_token expires_in refresh_token token_type");
    assert_eq!(tokens["token_type"], "bearer");
    assert_eq!(tokens["expires_in"], 1800);
    let logins: Value = signed_in.get("/auth/logins").await.json();
    assert_eq!(names(&logins[0]), "created_at current id ip last_seen_at user_agent");
    let agent = concat!("guildhall-client/", env!("CARGO_PKG_VERSION"));
    assert_eq!((&logins[0]["ip"], &logins[0]["user_agent"]), (&"127.0.0.1".into(), &agent.into()));
    for time in
        [&logins[0]["created_at"], &signed_in.get("/auth/me").await.json::<Value>()["created_at"]]
    {
        assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
    }
}

/// The names of an object's fields, in order.
fn names(object: &Value) -> String {
    let mut names: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names.join(" ")
}
