//! The OpenAPI document: what poem-openapi knows of the routes, and the errors that the endpoint
//! table knows of each call.

use std::collections::BTreeMap;

use guildhall_openapi::{ErrorCode, Language, Operation, Problem, operations};
use poem_openapi::OpenApiService;
use poem_openapi::registry::Registry;
use poem_openapi::types::Type;
use serde_json::{Value, json};

use crate::routes;

const DESCRIPTION: &str = "\
The people of an application: accounts, sign-in, groups, live sessions, events, direct messages, and a \
stream of what happens.

Sign in with **Authorize** (an email or a username, and the password), or with `POST /login` and \
`Authorization: Bearer …`. A trailing slash is optional on every path. Every error is a problem \
document (RFC 9457) with a stable `code`; `detail` is for people, in English or, with \
`Accept-Language: fr`, in French.";

/// The document as JSON, as `openapi/openapi.json` holds it.
///
/// # Panics
/// Where poem-openapi writes what is no JSON.
#[must_use]
pub fn document() -> String {
    let service = OpenApiService::new(routes::described(), "Guildhall", env!("CARGO_PKG_VERSION"))
        .description(DESCRIPTION)
        .server("/");
    #[expect(clippy::expect_used, reason = "a test makes the document")]
    let mut document: Value = serde_json::from_str(&service.spec()).expect("a JSON document");
    let taken = bodies(&document["paths"]);
    let schemas = &mut document["components"]["schemas"];
    for (name, schema) in schemas.as_object_mut().into_iter().flatten() {
        mark_nullable(schema);
        if !taken.contains(&format!("\"#/components/schemas/{name}\"")) {
            require_all(schema);
        }
    }
    add_problem(schemas);
    for operation in operations() {
        let method = operation.method.as_str().to_ascii_lowercase();
        let described = &mut document["paths"][operation.path][&method];
        // To ask for what is not there would write a `null`, on which Swagger UI trips.
        if let Some(parameters) = described.get_mut("parameters") {
            leave_blank(parameters);
        }
        add_errors(&mut described["responses"], operation);
    }
    // Rustdoc's links are none here.
    format!("{document:#}\n").replace("[`", "`").replace("`]", "`")
}

/// The descriptions of all bodies that calls take, as text.
fn bodies(paths: &Value) -> String {
    let operations = paths.as_object().into_iter().flatten().flat_map(|(_, path)| path.as_object());
    let bodies = operations.flatten().filter_map(|(_, operation)| operation.get("requestBody"));
    bodies.map(Value::to_string).collect()
}

/// What only goes out always has all its fields, some of them `null`.
fn require_all(schema: &mut Value) {
    if let Some(properties) = schema["properties"].as_object() {
        let names: Vec<_> = properties.keys().cloned().collect();
        schema["required"] = json!(names);
    }
}

fn add_problem(schemas: &mut Value) {
    let mut registry = Registry::new();
    Problem::register(&mut registry);
    for (name, schema) in registry.schemas {
        schemas[name] = json!(schema);
    }
}

/// What may be left out may also be `null`, coming in and going out; poem-openapi does not say so.
fn mark_nullable(schema: &mut Value) {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, property) in properties {
        if required.iter().any(|required| required == name) || property["type"] == "array" {
            continue;
        }
        if property.get("$ref").is_some() {
            *property = json!({ "allOf": [property.clone()] });
        }
        property["nullable"] = true.into();
    }
}

/// Swagger UI fills in what has an example, and sends it: what may be left out has none, or nobody who
/// tries a call would see a list that is not filtered to nothing.
fn leave_blank(parameters: &mut Value) {
    for parameter in parameters.as_array_mut().into_iter().flatten() {
        if parameter["required"] != true
            && let Some(schema) = parameter["schema"].as_object_mut()
        {
            schema.remove("example");
        }
    }
}

fn add_errors(responses: &mut Value, operation: &Operation) {
    let mut by_status = BTreeMap::<u16, Vec<ErrorCode>>::new();
    for code in operation.errors() {
        by_status.entry(code.status()).or_default().push(code);
    }
    for (status, codes) in by_status {
        let lines: Vec<_> = codes
            .iter()
            .map(|code| format!("`{code}`: {}", code.detail(Language::English)))
            .collect();
        let examples: serde_json::Map<_, _> = codes
            .iter()
            .map(|code| (code.to_string(), json!({ "value": example(*code) })))
            .collect();
        responses[status.to_string()] = json!({
            "description": lines.join("\n\n"),
            "content": { "application/problem+json": {
                "schema": { "$ref": "#/components/schemas/Problem" },
                "examples": examples,
            } },
        });
    }
}

fn example(code: ErrorCode) -> Problem {
    let title = poem::http::StatusCode::from_u16(code.status()).ok();
    Problem {
        r#type: "about:blank".into(),
        title: title.and_then(|status| status.canonical_reason()).unwrap_or_default().into(),
        status: code.status(),
        code,
        detail: code.detail(Language::English).into(),
        request_id: "fY3xB0uQm1kS7v2a".into(),
        errors: Vec::new(),
    }
}
