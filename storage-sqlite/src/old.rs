//! The database of another application, read row by row.

use std::path::Path;
use std::thread;

use async_trait::async_trait;
use crossbeam_channel::{Receiver, Sender};
use guildhall_storage_sql::core::storage::StorageError;
use guildhall_storage_sql::core::takeover::{OldRow, OldTable, Reference, Source};
use guildhall_storage_sql::quoted;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::error;

/// How many rows come at once. One such heap may wait to be taken while the next one is read.
const TOGETHER: usize = 500;

type Heap = Result<Vec<OldRow>, StorageError>;

/// A SQLite file that is read: one state of it, from a thread of its own, which ends with this.
pub struct OldSqlite {
    tables: Vec<OldTable>,
    asks: Sender<Ask>,
    rows: Option<mpsc::Receiver<Heap>>,
}

/// A statement, and where its rows go.
struct Ask {
    text: String,
    rows: mpsc::Sender<Heap>,
}

impl OldSqlite {
    /// Opens the file, which has to be there and is not written to.
    ///
    /// # Errors
    /// [`StorageError::Busy`] where it cannot be opened, [`StorageError::Corrupt`] where it is no database.
    pub async fn open(file: &Path) -> Result<Self, StorageError> {
        let (asks, asked) = crossbeam_channel::unbounded();
        let (opened, opening) = oneshot::channel();
        let file = file.to_owned();
        let thread = thread::Builder::new().name("old-sqlite".into());
        let started = thread.spawn(move || match connect(&file) {
            Ok((connection, tables)) => {
                opened.send(Ok(tables)).ok();
                work(&connection, &asked);
            }
            Err(error) => {
                opened.send(Err(error::storage(error))).ok();
            }
        });
        started.map_err(|error| StorageError::Busy(error.into()))?;
        let tables = opening.await.map_err(|_| ended())??;
        Ok(Self { tables, asks, rows: None })
    }
}

fn ended() -> StorageError {
    StorageError::Backend("the reader has ended".into())
}

#[async_trait]
impl Source for OldSqlite {
    fn tables(&self) -> &[OldTable] {
        &self.tables
    }

    async fn open(&mut self, table: &str, order: &[&str]) -> Result<(), StorageError> {
        let order: Vec<_> = order.iter().map(|column| quoted(column)).collect();
        let text = format!("SELECT * FROM {} ORDER BY {}", quoted(table), order.join(", "));
        let (rows, coming) = mpsc::channel(1);
        self.rows = Some(coming);
        self.asks.send(Ask { text, rows }).map_err(|_| ended())
    }

    async fn next(&mut self) -> Result<Vec<OldRow>, StorageError> {
        match &mut self.rows {
            Some(rows) => rows.recv().await.unwrap_or_else(|| Ok(Vec::new())),
            None => Ok(Vec::new()),
        }
    }
}

/// What is read from here on is one state.
fn connect(file: &Path) -> rusqlite::Result<(Connection, Vec<OldTable>)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.execute_batch("BEGIN")?;
    let tables = tables(&connection)?;
    Ok((connection, tables))
}

fn tables(connection: &Connection) -> rusqlite::Result<Vec<OldTable>> {
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let names = texts(connection, names, [])?;
    let table = |[name]: [String; 1]| {
        let columns = texts(connection, "SELECT name FROM pragma_table_info(?1)", [&name])?;
        let references = "SELECT \"from\", \"table\" FROM pragma_foreign_key_list(?1) AS key WHERE NOT EXISTS \
             (SELECT * FROM pragma_foreign_key_list(?1) AS more WHERE more.id = key.id AND more.seq > 0)";
        let references = texts(connection, references, [&name])?;
        let reference = |[column, table]: [String; 2]| Reference { column, table };
        Ok(OldTable {
            name,
            columns: columns.into_iter().map(|[column]: [String; 1]| column).collect(),
            references: references.into_iter().map(reference).collect(),
        })
    };
    names.into_iter().map(table).collect()
}

/// The first columns of each row, which are texts.
fn texts<const N: usize>(
    connection: &Connection,
    text: &str,
    values: impl rusqlite::Params,
) -> rusqlite::Result<Vec<[String; N]>> {
    let mut statement = connection.prepare(text)?;
    let mut rows = statement.query(values)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let mut cells = std::array::from_fn(|_| String::new());
        for (column, cell) in cells.iter_mut().enumerate() {
            *cell = row.get(column)?;
        }
        all.push(cells);
    }
    Ok(all)
}

fn work(connection: &Connection, asked: &Receiver<Ask>) {
    while let Ok(Ask { text, rows }) = asked.recv() {
        if let Err(error) = read(connection, &text, &rows) {
            // Whoever asked may have gone.
            rows.blocking_send(Err(error::storage(error))).ok();
        }
    }
}

fn read(connection: &Connection, text: &str, to: &mpsc::Sender<Heap>) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(text)?;
    let names: Vec<_> = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut rows = statement.query([])?;
    let mut heap = Vec::new();
    while let Some(row) = rows.next()? {
        let cells = names.iter().enumerate();
        let cells = cells.map(|(column, name)| Ok((name.clone(), json(row.get_ref(column)?))));
        heap.push(cells.collect::<rusqlite::Result<OldRow>>()?);
        if heap.len() == TOGETHER && to.blocking_send(Ok(std::mem::take(&mut heap))).is_err() {
            return Ok(());
        }
    }
    if !heap.is_empty() {
        to.blocking_send(Ok(heap)).ok();
    }
    Ok(())
}

fn json(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(octets) => match str::from_utf8(octets) {
            Ok(text) => text.into(),
            Err(_) => json!({ "octets": octets.len() }),
        },
        ValueRef::Blob(octets) => json!({ "octets": octets.len() }),
    }
}
