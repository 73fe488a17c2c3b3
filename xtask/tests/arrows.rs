//! The workspace's packages depend on one another as `ARCHITECTURE.md` draws it, and in no other way.

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// Who may depend on whom, and does.
const ARROWS: &[(&str, &[&str])] = &[
    ("guildhall-openapi", &[]),
    ("guildhall-core", &["guildhall-openapi"]),
    ("guildhall-storage-sql", &["guildhall-core"]),
    ("guildhall-storage-sqlite", &["guildhall-storage-sql"]),
    ("guildhall-storage-postgres", &["guildhall-storage-sql"]),
    (
        "guildhall-server",
        &[
            "guildhall-openapi",
            "guildhall-core",
            "guildhall-storage-sqlite",
            "guildhall-storage-postgres",
        ],
    ),
    ("guildhall-client", &["guildhall-openapi"]),
    ("guildhall-client-web", &["guildhall-client"]),
];

#[test]
fn packages_depend_on_one_another_as_drawn() {
    let drawn: BTreeSet<String> =
        ARROWS.iter().flat_map(|(from, all)| all.iter().map(move |to| arrow(from, to))).collect();
    let found = declared_arrows();

    let undrawn: Vec<_> = found.difference(&drawn).collect();
    assert!(undrawn.is_empty(), "dependencies that ARCHITECTURE.md does not draw: {undrawn:#?}");
    let missing: Vec<_> = drawn.difference(&found).collect();
    assert!(missing.is_empty(), "drawn, but not in any Cargo.toml: {missing:#?}");
}

/// From the manifests as they stand, for every target and feature: nothing needs resolving or downloading.
fn declared_arrows() -> BTreeSet<String> {
    let metadata = MetadataCommand::new().no_deps().exec().expect("the manifests are readable");
    let packages = metadata.workspace_packages();
    let names: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    packages
        .iter()
        .filter(|package| !may_depend_on_anything(package, metadata.workspace_root.as_str()))
        .flat_map(|from| {
            from.dependencies
                .iter()
                .filter(|to| {
                    to.kind != DependencyKind::Development && names.contains(to.name.as_str())
                })
                .map(|to| arrow(&from.name, &to.name))
        })
        .collect()
}

fn may_depend_on_anything(package: &Package, root: &str) -> bool {
    let folder = package.manifest_path.strip_prefix(root).expect("members lie below the root");
    ["bench", "xtask", "examples"].iter().any(|free| folder.starts_with(free))
}

fn arrow(from: &str, to: &str) -> String {
    format!("{from} -> {to}")
}
