//! The spans of requests for an OpenTelemetry collector: OTLP as protobuf over HTTP, in batches, by a thread of the SDK's.
//!
//! The environment variables are those of the [specification], most of which the SDK reads itself. Names of attributes
//! are those of the semantic conventions for HTTP where they have one.
//!
//! [specification]: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/

use std::env;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{SpanKind, Status, TracerProvider as _};
use opentelemetry::{Context, Key, KeyValue, Value};
use opentelemetry_http::{HeaderExtractor, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::resource::{EnvResourceDetector, TelemetryResourceDetector};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use poem::http::{HeaderMap, Uri};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tracing::Span;
use tracing::level_filters::LevelFilter;
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::{Layer, Registry};

use crate::cli::SPAN_ENDPOINTS;
use crate::edge::TARGET;
use crate::rarely::Rarely;

/// Variables that leave no choice, and what they may say; the first that is set counts.
const FIXED: [([&str; 2], &str); 2] = [
    (["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"], "http/protobuf"),
    (["OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"], "none"),
];
/// The samplers that the SDK has; those with a ratio last.
const SAMPLERS: [&str; 6] = [
    "always_on",
    "always_off",
    "parentbased_always_on",
    "parentbased_always_off",
    "traceidratio",
    "parentbased_traceidratio",
];
/// How long the collector may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer of the collector's that is read (bytes).
const LONGEST: usize = 64 << 10;
/// What the log calls a field of a request's span, and what the conventions call it, or we where they are silent.
const NAMES: [(&str, &str); 5] = [
    ("method", "http.request.method"),
    ("path", "http.route"),
    ("user", "user.id"),
    ("request_id", "guildhall.request_id"),
    ("operation", "guildhall.operation"),
];

/// An export of spans that goes on until it is ended.
pub(crate) struct Export(SdkTracerProvider);

impl Export {
    /// How long its end may take.
    pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

    /// None unless an endpoint is set. It needs a Tokio runtime around it.
    ///
    /// # Errors
    ///
    /// A variable that does not fit, by its name.
    pub(crate) fn from_environment() -> Result<Option<Self>> {
        let Some((endpoint, url)) = first_set(&SPAN_ENDPOINTS) else { return Ok(None) };
        let uri: Option<Uri> = url.parse().ok();
        let is_http = uri.is_some_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
        ensure!(is_http, "{endpoint}: it does not begin with http:// or https://");
        for (names, fits) in FIXED {
            if let Some((name, value)) = first_set(&names) {
                ensure!(value == fits, "{name}: {value:?} does not fit: it can be {fits} alone");
            }
        }
        check_sampler()?;
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_http_client(Collector::new().context(endpoint)?)
            .build()
            .context("OTEL_EXPORTER_OTLP_*")?;
        let provider = SdkTracerProvider::builder()
            .with_resource(resource())
            .with_batch_exporter(Conventional(exporter))
            .build();
        Ok(Some(Self(provider)))
    }

    /// Takes the spans of requests, and nothing else.
    pub(crate) fn layer(&self) -> impl Layer<Registry> + use<> {
        OpenTelemetryLayer::new(self.0.tracer(env!("CARGO_PKG_NAME")))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(Targets::new().with_target(TARGET, LevelFilter::INFO))
    }

    /// Sends what is left, as far as the collector takes it in time.
    pub(crate) async fn end(self) {
        let end = move || self.0.shutdown_with_timeout(Self::PATIENCE);
        if let Ok(Err(error)) = tokio::task::spawn_blocking(end).await {
            tracing::warn!(%error, "the last spans of requests were not exported");
        }
    }
}

/// The span goes on with the caller's trace, where `traceparent` names one (W3C Trace Context, 3.2).
pub(crate) fn continues(span: &Span, headers: &HeaderMap) {
    if !headers.contains_key("traceparent") {
        return;
    }
    let propagator = TraceContextPropagator::new();
    let parent = propagator.extract_with_context(&Context::new(), &HeaderExtractor(headers));
    // Where nothing is exported there is nothing to go on with.
    span.set_parent(parent).ok();
}

/// The request that is being answered was answered so.
pub(crate) fn answered(status: u16) {
    let span = Span::current();
    span.set_attribute("http.response.status_code", i64::from(status));
    if status >= 500 {
        span.set_status(Status::error(""));
    }
}

fn first_set(names: &[&'static str]) -> Option<(&'static str, String)> {
    let set = |name: &&'static str| {
        let value = env::var_os(name).filter(|value| !value.is_empty())?;
        Some((*name, value.to_string_lossy().into_owned()))
    };
    names.iter().find_map(set)
}

/// The SDK would take all spans where it does not understand these.
fn check_sampler() -> Result<()> {
    let Some((name, sampler)) = first_set(&["OTEL_TRACES_SAMPLER"]) else { return Ok(()) };
    ensure!(
        SAMPLERS.contains(&&*sampler),
        "{name}: {sampler:?} is none of {}",
        SAMPLERS.join(", ")
    );
    if let (true, Some((name, ratio))) =
        (SAMPLERS[4..].contains(&&*sampler), first_set(&["OTEL_TRACES_SAMPLER_ARG"]))
    {
        let is_ratio = ratio.parse().is_ok_and(|ratio: f64| (0.0..=1.0).contains(&ratio));
        ensure!(is_ratio, "{name}: {ratio:?} is no number from 0 to 1");
    }
    Ok(())
}

/// Who exports.
fn resource() -> Resource {
    let resource = Resource::builder_empty()
        .with_service_name("guildhall")
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_detector(Box::new(EnvResourceDetector::new()));
    match first_set(&["OTEL_SERVICE_NAME"]) {
        Some((_, name)) => resource.with_service_name(name),
        None => resource,
    }
    .build()
}

/// Names spans and attributes as the conventions do, away from the threads that answer.
#[derive(Debug)]
struct Conventional(opentelemetry_otlp::SpanExporter);

impl SpanExporter for Conventional {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        batch.iter_mut().for_each(by_convention);
        self.0.export(batch).await
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.0.shutdown()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

fn by_convention(span: &mut SpanData) {
    span.span_kind = SpanKind::Server;
    for KeyValue { key, value, .. } in &mut span.attributes {
        if let Some((_, name)) = NAMES.iter().find(|(ours, _)| key.as_str() == *ours) {
            *key = Key::from_static_str(name);
        }
        if key.as_str() == "user.id" {
            *value = Value::from(value.to_string());
        }
    }
    let of = |name: &str| span.attributes.iter().find(|pair| pair.key.as_str() == name);
    // What is no route was named by the caller, and there is no end to such names.
    if let (Some(method), Some(route)) = (of("http.request.method"), of("http.route")) {
        span.name = format!("{} {}", method.value, route.value).into();
    }
}

/// The way to the collector. The SDK's thread is none of the runtime's, so what is sent is sent by a task of its own.
#[derive(Debug)]
struct Collector {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    runtime: Handle,
    failed: Rarely,
}

impl Collector {
    fn new() -> Result<Self> {
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()?
            .https_or_http()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { client, runtime: Handle::try_current()?, failed: Rarely::default() })
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>> {
        let client = self.client.clone();
        let answered = async move {
            let (head, body) = client.request(request.map(Full::new)).await?.into_parts();
            let body =
                Limited::new(body, LONGEST).collect().await.map_err(anyhow::Error::from_boxed)?;
            Ok(Response::from_parts(head, body.to_bytes()))
        };
        self.runtime.spawn(async { timeout(TIMEOUT, answered).await? }).await?
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answered = self.send(request).await;
        let failure = match &answered {
            Ok(answer) if answer.status().is_success() => return answered.map_err(Into::into),
            Ok(answer) => answer.status().to_string(),
            Err(error) => format!("{error:#}"),
        };
        if self.failed.is_due() {
            tracing::warn!(failure, "spans of requests cannot be exported");
        }
        answered.map_err(Into::into)
    }
}
