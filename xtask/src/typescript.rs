//! `contract.ts` of the npm package, made of the contract's types, and what shows that they fit.

use std::path::Path;

use anyhow::{Context as _, Result};
use guildhall_openapi::typescript::declarations;

use crate::process::{cargo, run};

const MODULE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../client-sdk/web/npm/src/contract.ts");

const INTRODUCTION: &str = "\
// Made by `cargo xtask typescript` from the wire types in openapi/src, whose words these are. Change
// them there.
//
// What stands here is what goes over the wire: `JSON.parse` makes it of an answer, `JSON.stringify`
// may make a body of it.
";

/// Writes the module, and the package's `test/fixtures.ts` by the test that keeps it: what serde
/// makes of samples is known there.
///
/// # Errors
///
/// When either cannot be written.
pub(crate) fn write() -> Result<()> {
    let folder = Path::new(MODULE).parent().context("the module has no folder")?;
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(MODULE, module()))
        .context("client-sdk/web/npm/src/contract.ts cannot be written")?;
    run(cargo(&["test", "--quiet", "--locked", "--package", "guildhall-openapi"])
        .args(["--test", "agreement", "fixtures"])
        .env("UPDATE_FIXTURES", "1"))
}

/// The module as it should be.
fn module() -> String {
    let declarations = declarations().into_iter().map(|declaration| format!("\n{declaration}"));
    INTRODUCTION.to_owned() + &declarations.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::{MODULE, module};

    #[test]
    fn the_checked_in_module_is_the_contracts() {
        let same = std::fs::read_to_string(MODULE).is_ok_and(|checked_in| checked_in == module());
        assert!(same, "contract.ts is stale: run `cargo xtask typescript`");
    }
}
