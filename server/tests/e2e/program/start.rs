//! The first start, and the seeds' own settings.

use std::os::unix::fs::PermissionsExt as _;

use guildhall_openapi::{ErrorCode, Role, User};

use crate::support::{Database, Folder, PASSWORD, Refused as _, account};
use crate::users::everyone;

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// The second seed's `.env`, word for word.
const SEED: &str = "DATABASE_URL=sqlite:///./test.db
SECRET_KEY=your_secret_key
ALGORITHM=HS256
ACCESS_TOKEN_EXPIRE_MINUTES=30
";

#[tokio::test]
async fn the_first_start_needs_nothing_and_says_what_comes_next() {
    let folder = Folder::new();
    let running = folder.serve(&[]);
    let api = running.api().await;
    let said = running.stdout();
    let data = folder.path().canonicalize().unwrap().join("guildhall.db");
    assert!(said.contains(&format!("Data:   {}\n", data.display())), "{said}");
    assert!(said.contains(&format!("API:    http://{}\n", api.address)), "{said}");
    assert!(said.contains(&format!("Try it: http://{}/docs\n", api.address)), "{said}");
    assert!(said.contains("`guildhall create-admin --email "), "{said}");
    assert_eq!(running.stderr(), "", "nothing to complain of");
    let key = folder.path().join("guildhall.db.key");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read_to_string(&key).unwrap().trim().len() >= 32);

    let user = api.auth().sign_up(&account("alice")).await.unwrap();
    let alice = api.sign_in("alice").await;
    running.terminate();
    assert!(running.ended().status.success());
    // The key is kept, so a sign-in outlives a restart.
    let again = folder.serve(&[]);
    let signed_in = alice.moved_to(&again.api().await);
    assert_eq!(signed_in.get("/auth/me").await.json::<User>().id, user.id);
}

#[tokio::test]
async fn the_second_seeds_settings_work_on_this_machine_with_a_warning() {
    let folder = Folder::with_env(SEED);
    let running = folder.serve(&[]);
    let api = running.api().await;
    let warning = running.stderr();
    assert!(
        warning.starts_with("warning: SECRET_KEY") && warning.lines().count() == 1,
        "{warning}"
    );
    assert!(!warning.contains("your_secret_key"), "a secret is not said aloud");
    assert!(folder.path().join("test.db").is_file());
    assert!(!folder.path().join("test.db.key").exists(), "the key is the one that was set");
    api.auth().sign_up(&account("alice")).await.unwrap();
    assert_eq!(api.log_in("alice").await.expires_in, 1800);
}

#[test]
fn a_short_key_does_not_start_where_others_can_reach_it() {
    for host in ["0.0.0.0", "::", "192.0.2.1"] {
        let folder = Folder::with_env(SEED);
        folder.run(&[], &[("HOST", host), ("PORT", "0")], "").refused("SECRET_KEY");
        assert_eq!(folder.names("test"), [""; 0], "nothing was begun");
    }
}

#[test]
fn keys_that_do_not_fit_leave_no_database_behind() {
    for (name, value, blamed) in [
        ("SECRET_KEY_PREVIOUS", "short", "SECRET_KEY_PREVIOUS: it has 5 bytes"),
        ("ALGORITHM", "EdDSA", "SIGNING_KEY_FILE: it is not set"),
        ("SIGNING_KEY_FILE", "x.pem", "SIGNING_KEY_FILE: it needs ALGORITHM"),
    ] {
        let folder = Folder::new();
        let refused = folder.run(&[], &[(name, value), ("HOST", "0.0.0.0"), ("PORT", "0")], "");
        refused.refused(blamed);
        assert_eq!(folder.names(""), [""; 0], "{name}");
    }
}

#[tokio::test]
async fn the_first_seeds_settings_work_once_there_is_a_key() {
    let Database::Postgres(cluster) = Database::postgres() else { unreachable!() };
    let url = cluster.database("dbname").unwrap();
    let (_, host) = url.split_once('?').unwrap();
    // The seed's line, but for a role that a new cluster has and where the cluster is.
    let seed =
        format!("DATABASE_URL=postgresql://postgres:password@localhost:5432/dbname?{host}\n");
    let folder = Folder::with_env(&seed);
    let without = folder.run(&[], &[("PORT", "0")], "");
    without.refused("SECRET_KEY");
    assert!(without.stderr.contains("openssl rand"), "it says how to make one: {}", without.stderr);
    folder.run(&[], &[("PORT", "0"), ("SECRET_KEY", "")], "").refused("SECRET_KEY");

    let running = folder.serve(&[("SECRET_KEY", KEY)]);
    let api = running.api().await;
    assert!(running.stdout().contains("Data:   PostgreSQL\n"));
    api.auth().sign_up(&account("alice")).await.unwrap();
    // Another replica, as SQLAlchemy writes it; what one stores the other sees.
    let url = seed.trim().replace("DATABASE_URL=postgresql://", "postgresql+psycopg2://");
    let replica = folder.serve(&[("SECRET_KEY", KEY), ("DATABASE_URL", &url)]);
    let elsewhere = replica.api().await.sign_in("alice").await;
    let signed_in = elsewhere.moved_to(&api);
    signed_in.accounts().me().await.unwrap();
    signed_in.auth().sign_out().await.unwrap();
    // At once where it happened, within a second elsewhere.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    elsewhere.is_cut_off().await;
}

#[tokio::test]
async fn a_variable_wins_over_the_file() {
    let folder = Folder::with_env("REGISTRATION=closed\nACCESS_TOKEN_EXPIRE_MINUTES=5\n");
    let closed = folder.serve(&[]);
    let api = closed.api().await;
    api.auth().sign_up(&account("alice")).await.refused(ErrorCode::RegistrationClosed);
    closed.kill();
    let open = folder.serve(&[("REGISTRATION", "open")]);
    let api = open.api().await;
    api.auth().sign_up(&account("alice")).await.unwrap();
    let tokens = api.log_in("alice").await;
    assert_eq!(tokens.expires_in, 300, "what is not set still comes from the file");
}

#[tokio::test]
async fn the_first_admin_is_made_once() {
    let folder = Folder::new();
    let first = [("ADMIN_EMAIL", "root@example.org"), ("ADMIN_PASSWORD", PASSWORD)];
    let running = folder.serve(&first);
    let api = running.api().await;
    let said = running.stdout();
    assert!(said.contains("root@example.org") && !said.contains("create-admin"), "{said}");
    assert!(!said.contains(PASSWORD));
    let admin = api.sign_in("root@example.org").await;
    assert_eq!(admin.accounts().me().await.unwrap().role, Role::Admin);
    running.kill();

    let other = [("ADMIN_EMAIL", "other@example.org"), ("ADMIN_PASSWORD", "another-plum-orbit")];
    let same_with_new_password = [first[0], other[1]];
    for later in [other, same_with_new_password, first] {
        let running = folder.serve(&later);
        let admin = admin.moved_to(&running.api().await);
        assert_eq!(everyone(&admin, false).await.len(), 1, "a later start changes nothing");
        let sign_in = admin.auth().sign_in("root@example.org", PASSWORD).await;
        sign_in.expect("nor the password");
    }
}
