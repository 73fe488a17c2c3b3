//! The settings of what signs tokens.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use guildhall_core::tokens::{PairAlgorithm, Signing};
use secrecy::SecretString;

/// What signs tokens.
#[derive(Clone, Debug, Args)]
pub struct KeySettings {
    /// What tokens are made with: at least 32 bytes, the same on all replicas
    #[arg(long, env, hide_env_values = true, global = true)]
    pub secret_key: Option<SecretString>,

    /// The keys before that one, with commas between: what they made stays good
    #[arg(long, env, hide_env_values = true, global = true, value_delimiter = ',')]
    pub secret_key_previous: Vec<SecretString>,

    /// How access tokens are signed: HS256, HS384 or HS512 with `SECRET_KEY`; EdDSA, ES256 or RS256 with
    /// `SIGNING_KEY_FILE`
    #[arg(long, env, default_value = "HS256", global = true)]
    pub algorithm: Algorithm,

    /// The private key that signs access tokens: a file of PEM (PKCS#8)
    #[arg(long, env, value_name = "FILE", global = true)]
    pub signing_key_file: Option<PathBuf>,

    /// The keys before that one, private or public, with commas between: what they signed stays good
    #[arg(long, env, value_name = "FILES", global = true, value_delimiter = ',')]
    pub signing_key_file_previous: Vec<PathBuf>,
}

/// How access tokens are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// With `SECRET_KEY`.
    Secret(Signing),
    /// With the key in `SIGNING_KEY_FILE`.
    Pair(PairAlgorithm),
}

impl FromStr for Algorithm {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let pairs = [PairAlgorithm::EdDsa, PairAlgorithm::Es256, PairAlgorithm::Rs256];
        let pair = pairs.into_iter().find(|pair| pair.name() == name).map(Self::Pair);
        pair.or_else(|| name.parse().ok().map(Self::Secret))
            .ok_or("it is none of HS256, HS384, HS512, EdDSA, ES256 and RS256")
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::cli::Settings;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        settings: Settings,
    }

    #[test]
    fn settings_show_no_secret() {
        let options = [
            "guildhall",
            "--secret-key=hunter2",
            "--secret-key-previous=hunter2,hunter2-too",
            "--database-url=postgresql://user:hunter2@host/name",
            "--nats-url=nats://user:hunter2@host",
            "--smtp-url=smtp://user:hunter2@host",
            "--admin-email=alice@example.org",
            "--admin-password=hunter2",
        ];
        let settings = Cli::try_parse_from(options).unwrap().settings;
        assert_eq!(settings.keys.secret_key_previous.len(), 2);
        for text in [format!("{settings:?}"), format!("{settings:#?}")] {
            assert!(text.contains("alice@example.org") && !text.contains("hunter2"), "{text}");
        }
    }
}
