//! The statements, built once.

use guildhall_core::transfer::Table;
use sea_query::{Expr, ExprTrait as _, Query};

use super::messages;
use super::rows::{Cell, by_ids, insert, insert_all};
use crate::columns::{Events, Groups, SessionUsers, Sessions, Users};
use crate::statement::{Statement, text};
use crate::{Dialect, events, groups};

#[derive(Debug)]
pub(crate) struct Statements {
    pub(super) groups: Statement,
    pub(super) groups_by_id: Statement,
    pub(super) accounts: Statement,
    pub(super) accounts_by_id: Statement,
    pub(super) highest_account: Statement,
    pub(super) sessions: Statement,
    pub(super) sessions_by_id: Statement,
    pub(super) session_users: Statement,
    pub(super) events: Statement,
    pub(super) events_by_id: Statement,
    pub(super) raise_ids: Vec<Statement>,
    pub(super) messages: messages::Statements,
}

impl Statements {
    pub(crate) fn new<D: Dialect>() -> Self {
        use Cell::{Flag, Number, Text};
        Self {
            groups: insert::<D, _>(
                Groups::Table,
                &[
                    (Groups::Id, Number),
                    (Groups::Name, Text),
                    (Groups::NameKey, Text),
                    (Groups::CreatedAt, Number),
                ],
            ),
            groups_by_id: by_ids::<D, _>(Groups::Table, Groups::Id, groups::COLUMNS),
            accounts: insert::<D, _>(
                Users::Table,
                &[
                    (Users::Id, Number),
                    (Users::Username, Text),
                    (Users::UsernameKey, Text),
                    (Users::Email, Text),
                    (Users::EmailKey, Text),
                    (Users::SearchKey, Text),
                    (Users::FullName, Text),
                    (Users::EmailVerified, Flag),
                    (Users::Disabled, Flag),
                    (Users::Role, Text),
                    (Users::GroupId, Number),
                    (Users::PasswordHash, Text),
                    (Users::CreatedAt, Number),
                    (Users::UpdatedAt, Number),
                    (Users::DeletedAt, Number),
                    (Users::LastLogin, Number),
                ],
            ),
            accounts_by_id: by_ids::<D, _>(Users::Table, Users::Id, [Users::Id]),
            highest_account: Statement::new::<D>(
                Query::select()
                    .expr(text(Expr::col(Users::Id).max()))
                    .from(Users::Table)
                    .and_having(Expr::cust("max(id) IS NOT NULL")),
            ),
            sessions: insert_all::<D, _>(
                Sessions::Table,
                &[
                    (Sessions::Id, Number),
                    (Sessions::Name, Text),
                    (Sessions::State, Text),
                    (Sessions::OwnerId, Number),
                    (Sessions::CreatedAt, Number),
                    (Sessions::EndedAt, Number),
                ],
            ),
            sessions_by_id: by_ids::<D, _>(Sessions::Table, Sessions::Id, [Sessions::Id]),
            session_users: insert_all::<D, _>(
                SessionUsers::Table,
                &[
                    (SessionUsers::UserId, Number),
                    (SessionUsers::SessionId, Number),
                    (SessionUsers::Place, Number),
                ],
            ),
            events: insert::<D, _>(
                Events::Table,
                &[
                    (Events::Id, Number),
                    (Events::Title, Text),
                    (Events::Description, Text),
                    (Events::Date, Number),
                    (Events::Location, Text),
                    (Events::OrganizerId, Number),
                    (Events::SearchKey, Text),
                    (Events::CreatedAt, Number),
                    (Events::UpdatedAt, Number),
                ],
            ),
            events_by_id: by_ids::<D, _>(Events::Table, Events::Id, events::COLUMNS),
            raise_ids: D::raise_ids(&[
                Table::Groups,
                Table::Users,
                Table::Sessions,
                Table::Events,
                Table::Messages,
            ]),
            messages: messages::Statements::new::<D>(),
        }
    }
}
