//! The files with which it is run say what the program understands.

use std::collections::BTreeSet;

const README: &str = include_str!("../../../../README.md");
const DOCKERFILE: &str = include_str!("../../../../deploy/Dockerfile");
const COMPOSE: &str = include_str!("../../../../docker-compose.yml");
const SAMPLE: &str = include_str!("../../../../deploy/env.example");
const UNIT: &str = include_str!("../../../../deploy/guildhall.service");

/// The names in the table of settings, which another test holds to the program.
fn settings() -> BTreeSet<&'static str> {
    let rows = README.lines().filter_map(|line| line.strip_prefix("| `"));
    let names = rows.filter_map(|row| row.split(" |").next());
    names.flat_map(|names| names.split(", ")).map(|name| name.trim_matches('`')).collect()
}

/// The variables of the server in the compose file: those between its `environment:` and what follows.
fn composed() -> Vec<&'static str> {
    let (_, server) = COMPOSE.split_once("  guildhall:\n").unwrap();
    let (_, variables) = server.split_once("    environment:\n").unwrap();
    let lines = variables.lines().map_while(|line| line.strip_prefix("      "));
    lines.map(|line| line.split(':').next().unwrap()).collect()
}

#[test]
fn the_variables_that_are_set_are_settings() {
    let settings = settings();
    let image = DOCKERFILE.lines().filter_map(|line| line.strip_prefix("ENV "));
    let image: Vec<_> = image.map(|line| line.split('=').next().unwrap()).collect();
    assert!(!image.is_empty() && composed().len() > 2);
    for name in image.into_iter().chain(composed()) {
        assert!(settings.contains(name), "{name} is no setting");
    }
}

#[test]
fn secrets_are_asked_for_and_none_is_written_down() {
    for name in ["SECRET_KEY", "POSTGRES_PASSWORD"] {
        assert!(COMPOSE.contains(&format!("${{{name}:?")), "{name} has to be there");
        assert!(SAMPLE.lines().any(|line| line == format!("{name}=")), "{name} has no value");
    }
}

#[test]
fn the_image_is_built_with_the_rust_that_the_workspace_asks_for() {
    let manifest = include_str!("../../../../Cargo.toml");
    let (_, rest) = manifest.split_once("rust-version = \"").unwrap();
    let version = rest.split('"').next().unwrap();
    assert!(DOCKERFILE.contains(&format!("FROM rust:{version}-slim")), "{version}");
}

/// A stop that is cut off: the drain, and ten seconds.
#[test]
fn supervisors_wait_for_the_stop() {
    let seconds = |text: &str, before: &str| -> u32 {
        let (_, rest) = text.split_once(before).unwrap();
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    };
    let drain = seconds(COMPOSE, "DRAIN_SECONDS: \"");
    assert!(seconds(COMPOSE, "stop_grace_period: ") >= drain + 10);
    assert!(seconds(UNIT, "TimeoutStopSec=") >= drain + 10);
}
