//! Pages of other origins.

use guildhall_openapi::ErrorCode;
use guildhall_server::EdgePolicy;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::edge::raw::say;
use crate::support::{Api, Database, Folder, Reply, World};

const FRIEND: &str = "https://app.example.org";
const STRANGER: &str = "https://evil.example";

async fn open_to(world: &World, origins: &str) -> Api {
    let cors = origins.parse().unwrap();
    world.behind(EdgePolicy { cors, ..EdgePolicy::default() }).await
}

async fn preflight(api: &Api, origin: &str) -> Reply {
    let request = api.request("OPTIONS", "/auth/me").header("origin", origin);
    Reply::to(request.header("access-control-request-method", "PATCH")).await
}

async fn asked_by(api: &Api, path: &str, origin: &str) -> Reply {
    Reply::to(api.request("GET", path).header("origin", origin)).await
}

#[tokio::test]
async fn only_pages_of_listed_origins_read_answers() {
    let world = World::on(Database::sqlite()).await;
    let api = open_to(&world, &format!("http://localhost:5173, {FRIEND}")).await;
    let yes = preflight(&api, FRIEND).await;
    yes.done();
    assert_eq!(yes.header("access-control-allow-origin"), FRIEND);
    assert_eq!(yes.header("vary"), "Origin");
    assert!(yes.header("access-control-allow-methods").contains("PATCH"));
    for name in ["Authorization", "Content-Type", "Idempotency-Key", "Accept-Language"] {
        assert!(yes.header("access-control-allow-headers").contains(name), "{name}");
    }
    let no = preflight(&api, STRANGER).await;
    no.refused(ErrorCode::MethodNotAllowed);
    assert_eq!(no.header("access-control-allow-origin"), "");

    for path in ["/events", "/auth/me", "/nowhere"] {
        let reply = asked_by(&api, path, FRIEND).await;
        assert_eq!(reply.header("access-control-allow-origin"), FRIEND, "{path}");
        assert_eq!(reply.header("access-control-allow-credentials"), "true");
        for name in
            ["X-Request-Id", "Retry-After", "RateLimit-Remaining", "Link", "Content-Disposition"]
        {
            assert!(reply.header("access-control-expose-headers").contains(name), "{name}");
        }
        for stranger in [STRANGER, "null", "https://app.example.org.evil.example"] {
            let reply = asked_by(&api, path, stranger).await;
            assert_eq!(reply.header("access-control-allow-origin"), "", "{path} {stranger}");
            assert_eq!(reply.header("vary"), "Origin", "{path} {stranger}");
        }
    }
}

#[tokio::test]
async fn pages_of_all_origins_read_answers_without_credentials() {
    let world = World::on(Database::sqlite()).await;
    let api = open_to(&world, "*").await;
    preflight(&api, STRANGER).await.done();
    let reply = asked_by(&api, "/events", STRANGER).await;
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    assert_eq!(reply.header("access-control-allow-credentials"), "");
}

#[tokio::test]
async fn nobody_is_allowed_unless_someone_says_so() {
    let world = World::on(Database::sqlite()).await;
    preflight(&world.api, FRIEND).await.refused(ErrorCode::MethodNotAllowed);
    let reply = asked_by(&world.api, "/events", FRIEND).await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, ""));
    assert_eq!(reply.header("vary"), "");
}

#[tokio::test]
async fn pages_of_strangers_open_no_sockets() {
    let world = World::on(Database::sqlite()).await;
    let (_, someone) = world.someone().await;
    let api = someone.moved_to(&open_to(&world, FRIEND).await);
    let own = format!("http://{}", api.address);
    for (origin, opens) in [(STRANGER, false), ("null", false), (FRIEND, true), (&*own, true)] {
        let address = format!("ws://{}/ws/{}", api.address, api.token().unwrap());
        let mut request = address.into_client_request().unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        match connect_async(request).await {
            Ok(_) => assert!(opens, "{origin}"),
            Err(Error::Http(response)) => {
                assert_eq!((response.status().as_u16(), opens), (403, false));
            }
            Err(error) => panic!("{origin}: {error}"),
        }
    }
}

#[tokio::test]
async fn whoever_runs_the_server_is_told_of_a_page_that_is_refused_once() {
    let folder = Folder::new();
    let running = folder.serve(&[]);
    let address = running.api().await.address;
    for _ in 0..3 {
        let head = format!(
            "GET /ws HTTP/1.1\r\nhost: x\r\norigin: {STRANGER}\r\nupgrade: websocket\r\n\
             connection: upgrade, close\r\n\r\n"
        );
        let answer = say(address, &head).await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    }
    running.terminate();
    let said = running.ended().stderr;
    let lines: Vec<_> = said.lines().filter(|line| line.contains("CORS_ORIGINS")).collect();
    assert!(lines.len() == 1 && lines[0].contains("WARN"), "{said}");
    assert!(lines[0].contains(STRANGER), "{said}");
}
