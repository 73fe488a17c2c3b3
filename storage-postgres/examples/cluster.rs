//! A throw-away PostgreSQL for whoever starts this: prints the URL of an empty database, and keeps the server until its
//! standard input ends.

use std::io::{Read as _, Result};

use guildhall_storage_postgres::cluster::Cluster;

fn main() -> Result<()> {
    let cluster = Cluster::start()?;
    println!("{}", cluster.database("guildhall")?);
    std::io::stdin().read_to_end(&mut Vec::new()).map(drop)
}
