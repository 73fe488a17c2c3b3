//! What a package must not bring along, however indirectly.

use std::env;
use std::process::Command;

#[test]
fn the_contract_alone_is_small_enough_for_a_web_page() {
    assert_free_of(
        &tree(&["--package", "guildhall-openapi", "--no-default-features"]),
        &["poem", "tokio", "hyper", "sqlx"],
    );
}

#[test]
fn the_core_knows_neither_http_nor_sql() {
    assert_free_of(
        &tree(&["--package", "guildhall-core", "--all-features"]),
        &["poem", "hyper", "sqlx", "sea-query"],
    );
}

/// The names of all packages in the tree. `cargo metadata` would not do: it shows the features of the whole workspace
/// together, among them those that only the server turns on.
fn tree(package: &[&str]) -> Vec<String> {
    let output = Command::new(env::var_os("CARGO").expect("cargo runs the tests"))
        .args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .args(package)
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("package names are UTF-8");
    lines.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// None of `families` is in `tree`: neither a package of that name nor one that extends it, as `sqlx-core` does.
fn assert_free_of(tree: &[String], families: &[&str]) {
    let is_of = |package: &str, family: &str| {
        package.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let found: Vec<_> = tree
        .iter()
        .filter(|package| families.iter().any(|family| is_of(package, family)))
        .collect();
    assert!(tree.len() > 1, "an empty tree proves nothing");
    assert!(found.is_empty(), "it brings {found:#?}");
}
