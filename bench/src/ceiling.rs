//! Ceilings: what the machine gives to programs that do one thing and nothing around it. Each runs in
//! a process of its own, of this very binary, so that allocator and compiler are the server's.

mod answers;
mod calls;
mod hashes;
mod tables;

use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::Result;
use poem::listener::TcpListener;
use poem::middleware::AddData;
use poem::{EndpointExt as _, Route, Server, get, handler, post};

pub(crate) use answers::Captured;
pub(crate) use hashes::hashes_in;
pub(crate) use tables::{POSTGRES_TABLES, SQLITE_TABLES};

/// Which ceiling; its settings are those that the server has.
#[derive(clap::Subcommand)]
pub(crate) enum Ceiling {
    /// Routes of bare poem.
    Http(Http),
    /// Argon2id, one hash after the other.
    Hashes {
        /// For how long, in seconds.
        #[arg(long)]
        seconds: u64,
    },
}

#[derive(clap::Args)]
pub(crate) struct Http {
    #[arg(long, env = "HOST")]
    host: IpAddr,
    #[arg(long, env = "PORT")]
    port: u16,
    #[arg(long, env = "DATABASE_URL")]
    database_url: String,
    #[arg(long, env = "SECRET_KEY")]
    secret_key: String,
    /// The answer to give to `GET /auth/me`.
    #[arg(long)]
    answer: PathBuf,
    /// With pools of its own making, instead of the one that sqlx makes.
    #[arg(long)]
    tuned: bool,
}

impl Ceiling {
    pub(crate) fn run(&self) -> Result<()> {
        match self {
            // As the server's `main` does: as many threads as it has cores.
            Self::Http(http) => tokio::runtime::Runtime::new()?.block_on(http.serve()),
            Self::Hashes { seconds } => hashes::print(*seconds),
        }
    }
}

impl Http {
    async fn serve(&self) -> Result<()> {
        let app = Route::new()
            .at("/healthz", get(alive))
            .at("/readyz", get(alive))
            .at("/bare/auth/me", get(answers::bare))
            .at("/auth/me", get(answers::verified))
            .at("/events/:id", get(calls::get_event))
            .at("/events", get(calls::list_events).post(calls::create_event))
            .at("/messages", post(calls::send_message))
            .with(AddData::new(Captured::read(&self.answer)?))
            .with(AddData::new(answers::Verifier::new(&self.secret_key)))
            .with(AddData::new(tables::open(&self.database_url, self.tuned).await?));
        Ok(Server::new(TcpListener::bind((self.host, self.port))).run(app).await?)
    }
}

#[handler]
fn alive() {}
