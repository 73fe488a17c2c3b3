//! The program, once or twice, on one database.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use guildhall_openapi::User;

use crate::support::nats::Nats;
use crate::support::{Api, Database, Folder, KEY, PASSWORD, Running, account};

/// Variables of one replica.
type Own = Vec<(&'static str, String)>;

/// Programs that share a database.
pub(crate) struct Fleet {
    variables: Vec<(&'static str, String)>,
    replicas: Vec<Option<Running>>,
    addresses: Addresses,
    /// What each is told besides.
    own: Vec<Own>,
    folder: Folder,
    // Outlive the replicas.
    _database: Database,
    nats: Option<Nats>,
}

/// Where the replicas are; nowhere while they do not run.
#[derive(Clone, Default)]
pub(crate) struct Addresses(Arc<Mutex<Vec<Option<SocketAddr>>>>);

impl Addresses {
    /// Of those that run, one by any number.
    pub(crate) fn any(&self, number: usize) -> Option<SocketAddr> {
        let addresses = self.0.lock().unwrap();
        let live: Vec<_> = addresses.iter().flatten().collect();
        live.get(number.checked_rem(live.len())?).copied().copied()
    }
}

impl Fleet {
    /// One program on SQLite.
    pub(crate) async fn on_sqlite() -> Self {
        Self::start_all(Database::sqlite(), None, vec![Own::new()]).await
    }

    /// Two on PostgreSQL, which tell each other through it.
    pub(crate) async fn on_postgres() -> Self {
        Self::start_all(Database::postgres(), None, vec![Own::new(); 2]).await
    }

    /// Two on PostgreSQL, which tell each other over NATS.
    pub(crate) async fn on_nats() -> Self {
        Self::start_all(Database::postgres(), Some(Nats::start()), vec![Own::new(); 2]).await
    }

    /// One on PostgreSQL for each list of variables, which hold also when it is started again.
    pub(crate) async fn of(own: Vec<Own>) -> Self {
        Self::start_all(Database::postgres(), None, own).await
    }

    async fn start_all(database: Database, nats: Option<Nats>, own: Vec<Own>) -> Self {
        let replicas = own.len();
        let mut variables = vec![
            ("DATABASE_URL", database.url()),
            ("SECRET_KEY", str::from_utf8(KEY).unwrap().to_owned()),
            ("ADMIN_EMAIL", "admin@example.org".to_owned()),
            ("ADMIN_PASSWORD", PASSWORD.to_owned()),
        ];
        variables.extend(nats.iter().map(|nats| ("NATS_URL", nats.url())));
        let addresses = Addresses::default();
        addresses.0.lock().unwrap().resize(replicas, None);
        let mut fleet = Self {
            variables,
            replicas: Vec::new(),
            addresses,
            own,
            folder: Folder::new(),
            _database: database,
            nats,
        };
        fleet.replicas.resize_with(replicas, || None);
        for replica in 0..replicas {
            fleet.start(replica).await;
        }
        fleet
    }

    /// How many there are, whether they run or not.
    pub(crate) fn count(&self) -> usize {
        self.replicas.len()
    }

    /// Starts one that does not run; unless its own variables say where, it gets another address than it had.
    pub(crate) async fn start(&mut self, replica: usize) {
        let variables = self.variables.iter().chain(&self.own[replica]);
        let variables: Vec<_> = variables.map(|(k, v)| (*k, v.as_str())).collect();
        let running = self.folder.serve(&variables);
        let address = running.api().await.address;
        self.replicas[replica] = Some(running);
        self.addresses.0.lock().unwrap()[replica] = Some(address);
    }

    /// Takes one out of the list; it goes on running.
    pub(crate) fn take(&mut self, replica: usize) -> Running {
        self.addresses.0.lock().unwrap()[replica] = None;
        self.replicas[replica].take().unwrap()
    }

    /// Ends one as a failing machine would.
    pub(crate) fn kill(&mut self, replica: usize) {
        self.take(replica).kill();
    }

    pub(crate) fn nats_server(&mut self) -> &mut Nats {
        self.nats.as_mut().unwrap()
    }

    pub(crate) fn addresses(&self) -> Addresses {
        self.addresses.clone()
    }

    pub(crate) fn address(&self, replica: usize) -> Option<SocketAddr> {
        self.addresses.0.lock().unwrap()[replica]
    }

    /// A replica, asked by nobody in particular.
    pub(crate) fn api(&self, replica: usize) -> Api {
        Api::at(self.address(replica).unwrap())
    }

    /// Someone new, signed in, on the first replica.
    pub(crate) async fn person(&self, name: &str) -> (User, Api) {
        let api = self.api(0);
        (api.auth().sign_up(&account(name)).await.unwrap(), api.sign_in(name).await)
    }
}

/// Makes tests of one function: on each kind of fleet.
macro_rules! on_each_fleet {
    ($($(#[$doc:meta])* async fn $name:ident($fleet:ident) $body:block)*) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            async fn case($fleet: &mut Fleet) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                case(&mut Fleet::on_sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                case(&mut Fleet::on_postgres().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn nats() {
                case(&mut Fleet::on_nats().await).await;
            }
        }
    )*};
}
pub(crate) use on_each_fleet;
