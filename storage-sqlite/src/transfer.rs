//! What reads a database from end to end, and what fills it.

use guildhall_storage_sql::Statement;
use guildhall_storage_sql::core::storage::StorageError;
use guildhall_storage_sql::core::transfer::Table;
use rusqlite::Connection;
use rusqlite::backup::Backup;
use sea_query::Values;
use tokio::task::spawn_blocking;

use crate::call::{Rows, fetch_all, say};
use crate::connect::Connect;
use crate::error;
use crate::writer::Writer;

/// A connection of its own, in a transaction that reads, so that one moment stays in view. It goes to a thread and
/// comes back with each statement; none where one was abandoned.
pub(crate) struct View(Option<Connection>);

impl View {
    /// Of a file, whose writers go on meanwhile.
    pub(crate) async fn of_file(connect: Connect) -> Result<Self, StorageError> {
        let open = move || {
            let connection = connect.reader()?;
            say(&connection, "BEGIN")?;
            Ok(connection)
        };
        let opened =
            spawn_blocking(open).await.map_err(|error| StorageError::Busy(error.into()))?;
        let mut view = Self(Some(opened.map_err(error::storage)?));
        // The moment is that of the first read.
        let look = Statement::of_texts(["SELECT name FROM sqlite_master LIMIT 1".into()]);
        view.read(&look, Values(Vec::new())).await?;
        Ok(view)
    }

    /// Of a database in memory, which has one connection only: a copy of it.
    pub(crate) async fn of_memory(writer: &Writer) -> Result<Self, StorageError> {
        let copy = |from: &mut Connection| {
            let mut to = Connection::open_in_memory()?;
            Backup::new(from, &mut to)?.step(-1)?;
            Ok(to)
        };
        Ok(Self(Some(writer.alone(copy).await?.map_err(error::storage)?)))
    }

    pub(crate) async fn read(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> Result<Rows, StorageError> {
        let connection = self.0.take().ok_or_else(|| StorageError::Busy("it is gone".into()))?;
        let texts = statement.texts();
        let read = spawn_blocking(move || {
            let rows = fetch_all(&connection, &texts, &values);
            (connection, rows)
        });
        let (connection, rows) = read.await.map_err(|error| StorageError::Busy(error.into()))?;
        self.0 = Some(connection);
        rows.map_err(|(_, error)| error::storage(error))
    }
}

/// A table that is there and has rows.
pub(crate) fn filled(connection: &mut Connection) -> rusqlite::Result<Option<Table>> {
    for table in Table::stored() {
        let look = format!("SELECT 1 FROM {}", table.name());
        if connection.table_exists(None, table.name())? && connection.prepare(&look)?.exists([])? {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

/// Brings all that is in the WAL into the file. Whoever copies the file without that would have nothing of a restore.
pub(crate) fn settle(connection: &mut Connection) -> Result<(), StorageError> {
    let text = "PRAGMA wal_checkpoint(TRUNCATE)";
    let is_busy = connection.query_row(text, [], |row| row.get(0)).map_err(error::storage)?;
    let busy = "others read the database; until they end, part of it is in its -wal file";
    if is_busy { Err(StorageError::Busy(busy.into())) } else { Ok(()) }
}
