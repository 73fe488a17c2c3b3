//! A database of its own for each test, and Guildhall served on it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use guildhall_core::clock::{Clock, SystemClock};
use guildhall_core::passwords::{Cost, Passwords, PoolSize};
use guildhall_core::storage::Storage;
use guildhall_core::tokens::{Signing, TokenKeys};
use guildhall_core::{Guildhall, Policy};
use guildhall_openapi::{Credentials, NewAccount, User};
use guildhall_server::EdgePolicy;
use guildhall_storage_postgres::PostgresStorage;
use guildhall_storage_postgres::cluster::Cluster;
use guildhall_storage_sqlite::{Location, SqliteStorage};
use poem::listener::{Acceptor as _, Listener as _, TcpListener};
use tempfile::TempDir;

use super::api::Api;

/// The password of everyone who is made here.
pub(crate) const PASSWORD: &str = "plum-orbit-velvet";

/// The key with which tokens are signed.
pub(crate) const KEY: &[u8] = b"a key of this test's own, of 32 bytes and more";

/// Where a test's data is; gone when this is dropped.
pub(crate) enum Database {
    Sqlite(TempDir),
    Postgres(Cluster),
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub(crate) fn postgres() -> Self {
        Self::Postgres(Cluster::start().unwrap())
    }

    /// Its `DATABASE_URL`, once.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => {
                format!("sqlite:///{}", folder.path().join("test.db").display())
            }
            Self::Postgres(cluster) => cluster.database("test").unwrap(),
        }
    }
}

/// Makes two tests of one function: on SQLite, and on PostgreSQL.
macro_rules! on_both {
    ($($(#[$doc:meta])* async fn $name:ident($world:ident) $body:block)*) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            async fn case($world: &mut $crate::support::World) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let database = $crate::support::Database::sqlite();
                case(&mut $crate::support::World::on(database).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let database = $crate::support::Database::postgres();
                case(&mut $crate::support::World::on(database).await).await;
            }
        }
    )*};
}
pub(crate) use on_both;

/// A migrated database, Guildhall on it, and that served over HTTP.
pub(crate) struct World {
    /// The server, asked by nobody in particular.
    pub(crate) api: Api,
    pub(crate) guildhall: Guildhall,
    pub(crate) database: Database,
    storage: Arc<dyn Storage>,
    people: AtomicU32,
}

impl World {
    pub(crate) async fn on(database: Database) -> Self {
        let url = database.url();
        let storage: Arc<dyn Storage> = match &database {
            Database::Sqlite(_) => {
                let location = Location::from_url(&url).unwrap();
                Arc::new(SqliteStorage::open(&location).await.unwrap())
            }
            Database::Postgres(_) => Arc::new(PostgresStorage::open(&url, 10).unwrap()),
        };
        storage.migrate().await.unwrap();
        let guildhall = assemble(&storage, Another::default());
        let api = serve(&guildhall, wide()).await;
        Self { api, guildhall, database, storage, people: AtomicU32::new(0) }
    }

    /// Another server on the same database.
    pub(crate) async fn another(&self, another: Another<'_>) -> Api {
        serve(&assemble(&self.storage, another), wide()).await
    }

    /// Another server on the same database with another edge.
    pub(crate) async fn behind(&self, edge: EdgePolicy) -> Api {
        serve(&self.guildhall, edge).await
    }

    /// A server on the same database with another policy.
    pub(crate) async fn under(&self, policy: Policy) -> Api {
        self.another(Another { policy, ..Another::default() }).await
    }

    /// Registers someone of this name.
    pub(crate) async fn register(&self, name: &str) -> User {
        self.api.auth().sign_up(&account(name)).await.unwrap()
    }

    /// Someone new, signed in.
    pub(crate) async fn someone(&self) -> (User, Api) {
        let name = format!("person{}", self.people.fetch_add(1, Ordering::Relaxed));
        let user = self.register(&name).await;
        (user, self.sign_in(&name).await)
    }

    /// A new admin, signed in.
    pub(crate) async fn admin(&self) -> (User, Api) {
        let name = format!("admin{}", self.people.fetch_add(1, Ordering::Relaxed));
        let user = self.guildhall.accounts().create_admin(account(&name)).await.unwrap();
        (user, self.sign_in(&name).await)
    }

    /// Signs in whoever has this name and the usual password.
    pub(crate) async fn sign_in(&self, name: &str) -> Api {
        self.api.sign_in(name).await
    }
}

/// How a server differs from the usual one.
pub(crate) struct Another<'a> {
    pub(crate) policy: Policy,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) key: &'a [u8],
    pub(crate) signing: Signing,
}

impl Default for Another<'_> {
    fn default() -> Self {
        let (policy, signing) = (Policy::default(), Signing::default());
        Self { policy, clock: Arc::new(SystemClock), key: KEY, signing }
    }
}

fn assemble(storage: &Arc<dyn Storage>, another: Another<'_>) -> Guildhall {
    let Another { policy, clock, key, signing } = another;
    // Cheap: what is tested here is not how hard a hash is.
    let passwords = Passwords::start(Cost::new(8, 1, 1).unwrap(), PoolSize::default()).unwrap();
    let keys = TokenKeys::new(key, signing);
    Guildhall::with_clock(Arc::clone(storage), keys, passwords, policy, clock)
}

/// An edge whose limits are at work, and which no test meets.
fn wide() -> EdgePolicy {
    let (requests_per_user, requests_per_address) = (1_000_000_000, 1_000_000_000);
    EdgePolicy { requests_per_user, requests_per_address, ..EdgePolicy::default() }
}

/// Serves on a free port for as long as the test runs.
async fn serve(guildhall: &Guildhall, edge: EdgePolicy) -> Api {
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let acceptor = TcpListener::bind(anywhere).into_acceptor().await.unwrap();
    let address = *acceptor.local_addr()[0].as_socket_addr().unwrap();
    let app = guildhall_server::app_with(guildhall, None, &edge);
    tokio::spawn(poem::Server::new_with_acceptor(acceptor).run(app));
    Api::at(address)
}

/// An account of this name with the usual password.
pub(crate) fn account(name: &str) -> NewAccount {
    NewAccount {
        username: name.into(),
        email: format!("{name}@example.org").into(),
        password: PASSWORD.into(),
        full_name: None,
    }
}

/// What [`account`] signs in with.
pub(crate) fn credentials(name: &str) -> Credentials {
    Credentials { email: name.into(), password: PASSWORD.into() }
}
