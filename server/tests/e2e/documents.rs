//! The OpenAPI document against the endpoint table, of which the server is made.

use std::collections::{BTreeMap, BTreeSet};

use guildhall_openapi::accounts::UserQuery;
use guildhall_openapi::page::Page;
use guildhall_openapi::{Access, ErrorCode, GroupId, Operation, UserId, operations};
use serde_json::{Value, json};

use crate::support::Document;

#[test]
fn the_checked_in_document_is_the_servers() {
    let same = guildhall_server::document() == guildhall_openapi::DOCUMENT;
    assert!(same, "run `cargo run --bin guildhall -- openapi > openapi/openapi.json`");
}

#[test]
fn the_document_has_the_operations_of_the_table_and_no_others() {
    let document = Document::checked_in();
    let mut described = BTreeSet::new();
    for (path, methods) in document.0["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            described.insert((method.to_uppercase(), path.clone(), id));
        }
    }
    let table: BTreeSet<_> = operations()
        .map(|o| (o.method.as_str().to_owned(), o.path.to_owned(), o.id.to_owned()))
        .collect();
    assert_eq!(described, table);
}

#[test]
fn every_operation_is_described() {
    let document = Document::checked_in();
    let tags: Vec<_> =
        document.0["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    let mut summaries = BTreeSet::new();
    for o in operations() {
        let operation = document.operation(o);
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(!summary.is_empty() && summaries.insert(summary), "{}: {summary:?}", o.id);
        let [tag] = operation["tags"].as_array().unwrap().as_slice() else { panic!("{}", o.id) };
        assert!(tags.contains(&tag), "{}: {tag}", o.id);
        assert_eq!(operation["requestBody"]["required"] == true, o.has_body, "{}", o.id);
        for parameter in parameters(operation) {
            let described = parameter["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(described, "{}: {parameter}", o.id);
        }
        let in_path: Vec<_> =
            parameters(operation).filter(|p| p["in"] == "path").map(|p| &p["name"]).collect();
        assert_eq!(in_path, o.parameters().collect::<Vec<_>>(), "{}", o.id);
    }
}

fn parameters(operation: &Value) -> impl Iterator<Item = &Value> {
    operation["parameters"].as_array().into_iter().flatten()
}

/// Swagger UI shows a lock where a call needs one, and a client asks for what the server reads.
#[test]
fn security_is_what_the_table_says() {
    let document = Document::checked_in();
    let schemes = document.0["components"]["securitySchemes"].as_object().unwrap();
    assert_eq!(
        schemes.values().filter(|s| s["flows"]["password"]["tokenUrl"] == "login").count(),
        1
    );
    assert_eq!(schemes.values().filter(|s| s["scheme"] == "bearer").count(), 1);
    for o in operations() {
        let asked = document.operation(o)["security"].as_array().cloned().unwrap_or_default();
        let optional = asked.contains(&json!({}));
        let named: BTreeSet<_> =
            asked.iter().filter_map(Value::as_object).flat_map(|one| one.keys()).collect();
        let all: BTreeSet<_> = schemes.keys().collect();
        match o.access {
            // No token is needed, but one that is shown has to be good.
            Access::Anyone | Access::Registration
                if o.errors().any(|code| code == ErrorCode::NotAuthenticated) =>
            {
                assert!(optional && named == all, "{}", o.id);
            }
            Access::Anyone | Access::Registration => assert!(asked.is_empty(), "{}", o.id),
            Access::Directory => assert!(optional && named == all, "{}", o.id),
            _ => assert!(!optional && named == all, "{}", o.id),
        }
    }
}

#[test]
fn every_error_of_the_table_is_documented_with_an_example_that_fits() {
    let document = Document::checked_in();
    for o in operations() {
        let responses = document.operation(o)["responses"].as_object().unwrap();
        let mut codes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for code in o.errors() {
            codes.entry(code.status().to_string()).or_default().insert(code.to_string());
        }
        let (good, bad): (Vec<_>, Vec<_>) =
            responses.iter().partition(|(status, _)| status.starts_with(['1', '2']));
        assert_eq!(good.len(), 1, "{}", o.id);
        let described: BTreeMap<_, _> = bad
            .iter()
            .map(|(status, response)| {
                let problem = &response["content"]["application/problem+json"];
                let examples = problem["examples"].as_object().unwrap();
                for example in examples.values() {
                    assert_eq!(
                        document.misfit(&problem["schema"], &example["value"]),
                        None,
                        "{}",
                        o.id
                    );
                }
                ((*status).clone(), examples.keys().cloned().collect())
            })
            .collect();
        assert_eq!(described, codes, "{}", o.id);
    }
}

#[test]
fn every_field_of_a_body_has_an_example_that_fits() {
    let document = Document::checked_in();
    for o in operations().filter(|o| o.has_body) {
        let contents = document.operation(o)["requestBody"]["content"].as_object().unwrap();
        for content in contents.values() {
            let schema = document.resolve(&content["schema"]);
            for (name, field) in schema["properties"].as_object().unwrap() {
                let core = document.core(field);
                // Swagger UI makes up a right one for these.
                if core["type"] == "boolean" || core["enum"].is_array() {
                    continue;
                }
                let misfit = document.misfit(field, &field["example"]);
                assert_eq!(misfit, None, "{}: {name} has {}", o.id, field["example"]);
                assert!(!field["example"].is_null(), "{}: {name}", o.id);
            }
        }
    }
}

#[test]
fn the_parameters_of_a_list_are_those_of_its_query_type() {
    let page = Page { after: Some(UserId::FIRST), ..Page::default() };
    let query =
        UserQuery { q: Some("x".into()), group: Some(GroupId::FIRST), include_deleted: true, page };
    let query = serde_json::to_value(query).unwrap();
    let typed: BTreeSet<_> = query.as_object().unwrap().keys().map(String::as_str).collect();
    let document = Document::checked_in();
    let list: &Operation = operations().find(|o| o.id == "list_users").unwrap();
    let named: BTreeSet<_> =
        parameters(document.operation(list)).filter_map(|p| p["name"].as_str()).collect();
    assert_eq!(named, typed);
}
