//! Spans of requests, as a collector gets them.

use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use poem::http::StatusCode;
use poem::listener::{Acceptor as _, Listener as _, TcpListener};
use poem::{Request, Server};
use prost::Message as _;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use crate::support::{Api, Folder, Reply, account};

const PATIENCE: Duration = Duration::from_secs(30);

/// What it was sent, and at which path.
type Heard = (String, ExportTraceServiceRequest);

/// A collector of spans. It answers while a test waits for the program's end, so such a test has several threads.
struct Collector {
    url: String,
    heard: UnboundedReceiver<Heard>,
}

impl Collector {
    /// One that answers so.
    async fn that_says(status: StatusCode) -> Self {
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = acceptor.local_addr()[0].as_socket_addr().copied().unwrap();
        let (tell, heard) = unbounded_channel();
        let app = poem::endpoint::make(move |mut request: Request| {
            let tell = tell.clone();
            async move {
                assert_eq!(request.content_type(), Some("application/x-protobuf"));
                let body = request.take_body().into_bytes().await.unwrap();
                let sent = ExportTraceServiceRequest::decode(body).unwrap();
                tell.send((request.uri().path().to_owned(), sent)).ok();
                status
            }
        });
        tokio::spawn(Server::new_with_acceptor(acceptor).run(app));
        Self { url: format!("http://{address}"), heard }
    }

    async fn next(&mut self) -> Heard {
        timeout(PATIENCE, self.heard.recv()).await.expect("spans in time").unwrap()
    }

    /// All that it was sent.
    fn all(&mut self) -> Vec<Heard> {
        std::iter::from_fn(|| self.heard.try_recv().ok()).collect()
    }
}

fn text<'a>(attributes: &'a [KeyValue], name: &str) -> Option<&'a str> {
    match value(attributes, name)? {
        Value::StringValue(text) => Some(text),
        other => panic!("{name}: {other:?}"),
    }
}

fn value<'a>(attributes: &'a [KeyValue], name: &str) -> Option<&'a Value> {
    let attribute = attributes.iter().find(|attribute| attribute.key == name)?;
    let Some(AnyValue { value }) = &attribute.value else { panic!("{attribute:?}") };
    value.as_ref()
}

/// The span of the request that was answered so.
fn span<'a>(heard: &'a [Heard], reply: &Reply) -> Option<&'a Span> {
    let id = Some(reply.header("x-request-id"));
    let resources = heard.iter().flat_map(|(_, sent)| &sent.resource_spans);
    let mut spans = resources.flat_map(|sent| &sent.scope_spans).flat_map(|scope| &scope.spans);
    spans.find(|span| text(&span.attributes, "guildhall.request_id") == id)
}

fn services(heard: &[Heard]) -> Vec<&str> {
    let resources = heard.iter().flat_map(|(_, sent)| &sent.resource_spans);
    let attributes = resources.map(|sent| &sent.resource.as_ref().unwrap().attributes);
    attributes.map(|attributes| text(attributes, "service.name").unwrap()).collect()
}

async fn traced(api: &Api, path: &str, parent: &str) -> Reply {
    Reply::to(api.request("GET", path).header("traceparent", parent)).await
}

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// The log, which is off, has no say in it, and nothing waits for the batch to be due.
#[tokio::test(flavor = "multi_thread")]
async fn spans_say_which_request_they_are_of_and_go_on_with_its_trace() {
    let mut collector = Collector::that_says(StatusCode::OK).await;
    let folder = Folder::new();
    let running = folder.serve(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url),
        ("OTEL_BSP_SCHEDULE_DELAY", "3600000"),
        ("LOG", "off"),
    ]);
    let api = running.api().await;
    let user = api.auth().sign_up(&account("alice")).await.unwrap();
    let alice = api.sign_in("alice").await;
    let path = format!("/users/{}", user.id);
    let traced_one = traced(&alice, &path, &format!("00-{TRACE}-{PARENT}-01")).await;
    let unsampled = traced(&alice, &path, &format!("00-{TRACE}-{PARENT}-00")).await;
    let malformed = traced(&alice, &path, &format!("00-{TRACE}-none-01")).await;
    let unknown = alice.get("/nowhere").await;
    running.terminate();
    let ended = running.ended();
    assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
    let heard = collector.all();
    assert!(heard.iter().all(|(path, _)| path == "/v1/traces"), "{heard:?}");
    assert!(services(&heard).iter().all(|service| *service == "guildhall"));

    let found = span(&heard, &traced_one).expect("its span");
    assert_eq!(found.name, "GET /users/{user_id}");
    assert_eq!(found.kind, i32::from(SpanKind::Server));
    assert_eq!((hex(&found.trace_id), hex(&found.parent_span_id)), (TRACE.into(), PARENT.into()));
    let attributes = &found.attributes;
    for (name, is) in [
        ("http.request.method", "GET"),
        ("http.route", "/users/{user_id}"),
        ("guildhall.operation", "get_user"),
        ("user.id", &user.id.to_string()),
    ] {
        assert_eq!(text(attributes, name), Some(is), "{attributes:?}");
    }
    let status = value(attributes, "http.response.status_code");
    assert_eq!(status, Some(&Value::IntValue(200)), "{attributes:?}");

    // Whoever began the trace decides on it.
    assert_eq!((unsampled.status, span(&heard, &unsampled)), (200, None));
    let found = span(&heard, &malformed).expect("its span");
    assert!(found.parent_span_id.is_empty() && hex(&found.trace_id) != TRACE, "{found:?}");
    let found = span(&heard, &unknown).expect("its span");
    assert_eq!((found.name.as_str(), text(&found.attributes, "http.route")), ("request", None));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_standard_variables_count() {
    let mut collector = Collector::that_says(StatusCode::OK).await;
    let folder = Folder::new();
    let url = format!("{}/here", collector.url);
    for (sampler, is_sent) in [("always_off", false), ("always_on", true)] {
        let running = folder.serve(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &url),
            ("OTEL_SERVICE_NAME", "people"),
            ("OTEL_TRACES_SAMPLER", sampler),
        ]);
        let reply = running.api().await.get("/healthz").await;
        running.terminate();
        assert!(running.ended().status.success());
        let heard = collector.all();
        assert_eq!(span(&heard, &reply).is_some(), is_sent, "{sampler}");
        assert!(heard.iter().all(|(path, _)| path == "/here"), "{heard:?}");
        assert!(services(&heard).iter().all(|service| *service == "people"));
    }
}

/// It takes connections and says nothing: requests do not wait for it, and neither does the stop, beyond two seconds.
#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_hangs_holds_up_nothing() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let folder = Folder::new();
    let running =
        folder.serve(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &url), ("OTEL_BSP_SCHEDULE_DELAY", "10")]);
    let api = running.api().await;
    let (_asked, _) = timeout(PATIENCE, silent.accept()).await.expect("an export").unwrap();
    for _ in 0..100 {
        assert_eq!(api.get("/healthz").await.status, 200);
    }
    running.terminate();
    let told = Instant::now();
    let ended = running.ended();
    assert!(ended.status.success(), "{ended:?}");
    assert!(told.elapsed() < Duration::from_secs(6), "{:?}", told.elapsed());
    assert!(ended.stderr.contains("the last spans of requests were not exported"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_refuses_is_warned_of_once() {
    let mut collector = Collector::that_says(StatusCode::FORBIDDEN).await;
    let folder = Folder::new();
    let running = folder.serve(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url),
        ("OTEL_BSP_SCHEDULE_DELAY", "10"),
    ]);
    let api = running.api().await;
    for _ in 0..3 {
        assert_eq!(api.get("/healthz").await.status, 200);
        collector.next().await;
    }
    running.terminate();
    let said = running.ended().stderr;
    assert_eq!(said.matches("spans of requests cannot be exported").count(), 1, "{said}");
    assert!(said.contains("403"), "{said}");
}

#[test]
fn variables_that_do_not_fit_are_refused() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");
    let traceidratio = ("OTEL_TRACES_SAMPLER", "traceidratio");
    for (variables, words) in [
        (vec![(endpoint.0, "localhost:4318")], "OTEL_EXPORTER_OTLP_ENDPOINT: it does not begin"),
        (vec![(endpoint.0, "grpc://localhost")], "OTEL_EXPORTER_OTLP_ENDPOINT: it does not begin"),
        (
            vec![endpoint, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
            "OTEL_EXPORTER_OTLP_PROTOCOL: \"grpc\" does not fit",
        ),
        (vec![endpoint, ("OTEL_TRACES_SAMPLER", "most")], "OTEL_TRACES_SAMPLER: \"most\" is none"),
        (
            vec![endpoint, traceidratio, ("OTEL_TRACES_SAMPLER_ARG", "1.5")],
            "OTEL_TRACES_SAMPLER_ARG: \"1.5\" is no number",
        ),
        (
            vec![endpoint, ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")],
            "OTEL_EXPORTER_OTLP_COMPRESSION: \"gzip\" does not fit",
        ),
    ] {
        Folder::new().run(&[], &variables, "").refused(words);
    }
}
