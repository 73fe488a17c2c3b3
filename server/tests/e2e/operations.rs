//! The dashboard and the alerts in `deploy/`, and the page that says what to do.

use std::collections::BTreeSet;

use guildhall_server::meters::{Kind, METRICS};
use serde_json::Value;

const DASHBOARD: &str = include_str!("../../../deploy/grafana/guildhall.json");
const ALERTS: &str = include_str!("../../../deploy/prometheus/alerts.yml");
const PAGE: &str = include_str!("../../../docs/OPERATIONS.md");

/// The metrics that a text names.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("guildhall_") || word.starts_with("process_")).collect()
}

/// The names under which a page of `/metrics` tells them.
fn told() -> BTreeSet<String> {
    let names = METRICS.iter().flat_map(|metric| match metric.kind {
        Kind::Histogram => {
            ["_bucket", "_sum", "_count"].map(|end| format!("{}{end}", metric.name)).to_vec()
        }
        Kind::Counter | Kind::Gauge => vec![metric.name.to_owned()],
    });
    names.collect()
}

/// A panel or an alert that waits for ever for a number that nobody tells.
#[test]
fn dashboard_and_alerts_name_what_is_told() {
    for text in [DASHBOARD, ALERTS] {
        let (named, told) = (named(text), told());
        assert!(named.len() > 8, "{named:?}");
        let unknown: Vec<_> = named.into_iter().filter(|name| !told.contains(*name)).collect();
        assert_eq!(unknown, [""; 0]);
    }
}

#[test]
fn the_dashboard_shows_all_that_is_ours() {
    let named = named(DASHBOARD);
    for metric in METRICS.iter().filter(|metric| metric.name.starts_with("guildhall_")) {
        assert!(named.iter().any(|name| name.starts_with(metric.name)), "{}", metric.name);
    }
}

#[test]
fn panels_are_whole_and_take_the_data_source_that_is_chosen() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut ids = BTreeSet::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        if panel["type"] == "row" {
            continue;
        }
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{panel}");
        let place = &panel["gridPos"];
        let right = place["x"].as_u64().unwrap() + place["w"].as_u64().unwrap();
        assert!(right <= 24, "{panel}");
        for target in panel["targets"].as_array().unwrap() {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{target}");
            assert!(
                target["expr"]
                    .as_str()
                    .is_some_and(|expr| !named(expr).is_empty() || expr.contains("up{")),
                "{target}"
            );
        }
    }
}

#[test]
fn each_alert_has_its_part_of_the_page() {
    let alerts = ALERTS.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    let alerts: Vec<_> = alerts.collect();
    assert!(alerts.len() > 8, "{alerts:?}");
    for alert in &alerts {
        assert!(PAGE.contains(&format!("### {alert}\n")), "{alert}");
        let link = format!("runbook: docs/OPERATIONS.md#{}\n", alert.to_lowercase());
        assert!(ALERTS.contains(&link), "{link}");
    }
    let parts = PAGE.lines().filter_map(|line| line.strip_prefix("### Guildhall"));
    assert_eq!(parts.count(), alerts.len(), "a part of no alert");
}
