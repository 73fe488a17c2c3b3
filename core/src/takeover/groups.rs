//! Groups.

use guildhall_openapi::{Group, Timestamp};

use super::fields::{Fields, Refused};
use super::source::OldTable;
use super::{TakeOverError, Taking};
use crate::identity::name_key;

impl Taking<'_> {
    pub(super) async fn take_groups(&mut self, table: &OldTable) -> Result<(), TakeOverError> {
        self.open(table, &["id"]).await?;
        loop {
            let rows = self.next(table).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let read = self.read(table, &rows, |taking, row| group(row, taking.now));
            let read = self.once(read);
            let groups: Vec<_> = read.iter().map(|(_, group)| group.clone()).collect();
            let put = self.tx.take_over().groups(&groups).await?;
            for ((row, group), put) in read.into_iter().zip(put) {
                let is_same = |before: &Group| name_key(&before.name) == name_key(&group.name);
                if self.settle(row, put, is_same) {
                    self.groups.insert(group.id);
                }
            }
        }
    }
}

fn group(row: &mut Fields<'_>, now: Timestamp) -> Result<Group, Refused> {
    Ok(Group {
        id: row.id()?,
        name: row.text("name", &["name"])?,
        created_at: row.time("created_at", &["created_at"])?.unwrap_or(now),
    })
}
