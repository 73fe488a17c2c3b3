//! Settings of the edge: whose word counts, and how much anyone may ask for.

use std::time::Duration;

use clap::Args;

use crate::draining::Draining;
use crate::listen::{Connections, UNREAD, for_connections};
use crate::{Cors, EdgePolicy, Proxies};

/// What the net may ask of the server.
#[derive(Clone, Debug, Args)]
pub struct EdgeSettings {
    /// Proxies whose `Forwarded` or `X-Forwarded-For` is believed: addresses or blocks (`10.0.0.0/8`), with commas between
    #[arg(long, env, default_value = "", hide_default_value = true, global = true)]
    pub trusted_proxies: Proxies,

    /// Other origins whose pages may use the API (`https://app.example.org`), with commas between; `*` for all
    #[arg(long, env, default_value = "", hide_default_value = true, global = true)]
    pub cors_origins: Cors,

    /// How many requests one user may make in a minute; 0 for any number
    #[arg(long, env, default_value_t = 1_200, global = true)]
    pub requests_per_minute: u32,

    /// The same of one address, which may hide many people; a /64 of IPv6 counts as one
    #[arg(long, env, default_value_t = 6_000, global = true)]
    pub address_requests_per_minute: u32,

    /// How many connections one address may hold; 0 for any number. Trusted proxies and this machine may hold more
    #[arg(long, env, default_value_t = 256, global = true)]
    pub address_connections: usize,

    /// How many seconds a request may take; also how long a connection may be idle
    #[arg(long, env, default_value_t = 30, global = true, value_parser = seconds)]
    pub request_timeout: u32,

    /// For how many seconds after SIGTERM requests are still taken while `/readyz` says no, so that a proxy asks elsewhere
    #[arg(long, env, default_value_t = 0, global = true, value_parser = clap::value_parser!(u32).range(..=300))]
    pub drain_seconds: u32,
}

fn seconds(text: &str) -> Result<u32, &'static str> {
    let seconds = text.parse().ok().filter(|seconds| (1..=3_600).contains(seconds));
    seconds.ok_or("it has to be a number of whole seconds, from 1 to 3600")
}

impl EdgeSettings {
    fn patience(&self) -> Duration {
        Duration::from_secs(self.request_timeout.into())
    }

    pub(in crate::cli) fn policy(&self) -> EdgePolicy {
        EdgePolicy {
            requests_per_user: self.requests_per_minute,
            requests_per_address: self.address_requests_per_minute,
            request_timeout: self.patience(),
            cors: self.cors_origins.clone(),
        }
    }

    /// For how long those who ask are sent elsewhere before the stop.
    pub(in crate::cli) fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds.into())
    }

    /// What connections may do; the program gets as many file descriptors for them as there are.
    pub(in crate::cli) fn connections(&self, draining: Draining) -> Connections {
        Connections {
            proxies: self.trusted_proxies.clone(),
            per_address: self.address_connections,
            in_all: for_connections(),
            patience: self.patience(),
            unread: UNREAD,
            draining,
        }
    }
}
