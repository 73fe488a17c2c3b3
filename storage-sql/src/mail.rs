//! The statements of mails.

use async_trait::async_trait;
use guildhall_core::mail::{Draft, Kind, MailReads, MailWrites, Stored};
use guildhall_core::openapi::text::Email;
use guildhall_core::openapi::{Language, Timestamp, UserId};
use guildhall_core::storage::StorageError;
use sea_query::{
    Expr, ExprTrait, InsertStatement, LockBehavior, LockType, Order, Query, SelectStatement, Value,
    Values,
};
use serde::Deserialize;

use crate::columns::{Mails, Users};
use crate::statement::{Statement, array, decode, decode_one, hole, text, values};
use crate::{Connection, Dialect, Sql, Writing};

/// What is read of a mail, in the order of [`MailRow`].
const COLUMNS: [Mails; 8] = [
    Mails::Id,
    Mails::UserId,
    Mails::Kind,
    Mails::Email,
    Mails::Language,
    Mails::Nonce,
    Mails::ExpiresAt,
    Mails::Tries,
];

#[derive(Deserialize)]
struct MailRow(i64, Option<UserId>, String, Email, String, String, i64, i64);

impl MailRow {
    fn read(self) -> Result<Stored, StorageError> {
        let Self(id, user, kind, email, language, nonce, expires_at, tries) = self;
        let unknown = |what: &str| StorageError::Corrupt(format!("no mail is {what}").into());
        let kind = Kind::ALL.into_iter().find(|known| known.as_str() == kind);
        let kind = kind.ok_or_else(|| unknown("of this kind"))?;
        let language = Language::of_tag(&language).ok_or_else(|| unknown(&language))?;
        let expires_at = Timestamp::from_micros(expires_at);
        Ok(Stored { id, user, kind, email, language, nonce, expires_at, tries })
    }
}

fn read(cells: &[String]) -> Result<Vec<Stored>, StorageError> {
    cells.iter().map(|cell| decode::<MailRow>(cell)?.read()).collect()
}

/// What a draft gives, in the order of [`drafted`].
const DRAFTED: [Mails; 7] = [
    Mails::Kind,
    Mails::Email,
    Mails::EmailKey,
    Mails::Language,
    Mails::Nonce,
    Mails::ExpiresAt,
    Mails::DueAt,
];

pub(crate) fn drafted(draft: &Draft) -> Vec<Value> {
    values![
        draft.kind.as_str(),
        draft.email.as_str(),
        draft.email_key.as_str(),
        draft.language.tag(),
        draft.nonce.as_str(),
        draft.expires_at.as_micros(),
        draft.now.as_micros(),
    ]
    .0
}

/// A mail about each account of which this selects the id.
pub(crate) fn about(mut accounts: SelectStatement) -> InsertStatement {
    let row =
        accounts.exprs(DRAFTED.map(|_| hole())).exprs([Expr::cust("0"), Expr::cust("0")]).take();
    let columns = [Mails::UserId].into_iter().chain(DRAFTED).chain([Mails::Tries, Mails::Guesses]);
    Query::insert()
        .into_table(Mails::Table)
        .columns(columns)
        .select_from(row)
        .expect("as many values as columns")
        .take()
}

#[derive(Debug)]
pub(crate) struct Statements {
    by_id: Statement,
    about: Statement,
    next_due: Statement,
    waiting: Statement,
    insert: Statement,
    request: Statement,
    claim: Statement,
    due: Statement,
    guess: Statement,
    forgive: Statement,
    end: Statement,
    forget: Statement,
    prune: Statement,
}

/// The ids of those of which this is so, locked.
fn locked(which: SelectStatement, behavior: Option<LockBehavior>) -> SelectStatement {
    let mut ids = which;
    ids.column(Mails::Id).from(Mails::Table);
    match behavior {
        Some(behavior) => ids.lock_with_behavior(LockType::Update, behavior),
        // In one order, so that no two wait for each other.
        None => ids.order_by(Mails::Id, Order::Asc).lock(LockType::Update),
    };
    ids
}

impl Statements {
    pub(crate) fn new<D: Dialect>() -> Self {
        let row = || Query::returning().expr(text(array::<D, _>(&COLUMNS)));
        let is_it = || Expr::col(Mails::Id).eq(hole());
        let nobody = Query::select().expr(hole()).take();
        let owner = Query::select()
            .column(Users::Id)
            .from(Users::Table)
            .and_where(Expr::col(Users::EmailKey).eq(hole()))
            .and_where(Expr::col(Users::Disabled).eq(Expr::cust("FALSE")))
            .and_where(
                Expr::col(Users::EmailVerified)
                    .eq(Expr::cust("FALSE"))
                    .or(hole().ne(Expr::cust("'verify_email'"))),
            )
            .take();
        let due = Query::select()
            .and_where(Expr::col(Mails::DueAt).lte(hole()))
            .order_by(Mails::DueAt, Order::Asc)
            .limit(0)
            .take();
        let good = Query::select()
            .and_where(Expr::col(Mails::EmailKey).eq(hole()))
            .and_where(Expr::col(Mails::Kind).eq(hole()))
            .and_where(Expr::col(Mails::ExpiresAt).gt(hole()))
            .take();
        let guessable = good.clone().and_where(Expr::col(Mails::Guesses).lt(hole())).take();
        let ended =
            Query::select().and_where(Expr::col(Mails::ExpiresAt).lt(hole())).limit(0).take();
        let remove = || Query::delete().from_table(Mails::Table).take();
        let change = || Query::update().table(Mails::Table).take();
        Self {
            by_id: Statement::new::<D>(
                Query::select()
                    .expr(text(array::<D, _>(&COLUMNS)))
                    .from(Mails::Table)
                    .and_where(is_it()),
            ),
            about: Statement::new::<D>(
                Query::select()
                    .expr(text(array::<D, _>(&COLUMNS)))
                    .from(Mails::Table)
                    .and_where(Expr::col(Mails::UserId).eq(hole()))
                    .order_by(Mails::Id, Order::Asc),
            ),
            next_due: Statement::new::<D>(
                Query::select()
                    .expr(text(Expr::col(Mails::DueAt)))
                    .from(Mails::Table)
                    .and_where(Expr::col(Mails::DueAt).is_not_null())
                    .order_by((Mails::Table, Mails::DueAt), Order::Asc)
                    .limit(0),
            ),
            waiting: Statement::new::<D>(
                Query::select()
                    .expr(text(Expr::cust("count(*)")))
                    .from(Mails::Table)
                    .and_where(Expr::col(Mails::DueAt).is_not_null()),
            ),
            insert: Statement::new::<D>(&about(nobody)),
            request: Statement::new::<D>(&about(Query::select().expr(Expr::from(owner)).take())),
            claim: Statement::new::<D>(
                change()
                    .value(Mails::DueAt, hole())
                    .value(Mails::Tries, Expr::cust("tries + 1"))
                    .and_where(
                        Expr::col(Mails::Id)
                            .in_subquery(locked(due, Some(LockBehavior::SkipLocked))),
                    )
                    .returning(row()),
            ),
            due: Statement::new::<D>(change().value(Mails::DueAt, hole()).and_where(is_it())),
            guess: Statement::new::<D>(
                change()
                    .value(Mails::Guesses, Expr::cust("guesses + 1"))
                    .and_where(Expr::col(Mails::Id).in_subquery(locked(guessable, None)))
                    .returning(row()),
            ),
            forgive: Statement::new::<D>(
                change().value(Mails::Guesses, Expr::cust("0")).and_where(is_it()),
            ),
            end: Statement::new::<D>(
                remove()
                    .and_where(Expr::col(Mails::Id).in_subquery(locked(good.clone(), None)))
                    .returning(Query::returning().expr(text(Expr::col(Mails::Id)))),
            ),
            forget: Statement::new::<D>(remove().and_where(Expr::col(Mails::Id).in_subquery(
                locked(Query::select().and_where(Expr::col(Mails::UserId).eq(hole())).take(), None),
            ))),
            prune: Statement::new::<D>(
                remove()
                    .and_where(
                        Expr::col(Mails::Id)
                            .in_subquery(locked(ended, Some(LockBehavior::SkipLocked))),
                    )
                    .returning(Query::returning().expr(text(Expr::col(Mails::Id)))),
            ),
        }
    }

    pub(crate) fn lists(&self) -> Vec<(&'static str, &Statement)> {
        vec![("due mails", &self.next_due), ("mails about someone", &self.about)]
    }
}

#[async_trait]
impl<C: Connection> MailReads for Sql<C> {
    async fn by_id(&mut self, id: i64) -> Result<Option<Stored>, StorageError> {
        let cells = self.connection.rows(&self.statements.mail.by_id, values![id]).await?;
        Ok(read(&cells)?.pop())
    }

    async fn about(&mut self, user: UserId) -> Result<Vec<Stored>, StorageError> {
        read(&self.connection.rows(&self.statements.mail.about, values![user.get()]).await?)
    }

    async fn next_due(&mut self) -> Result<Option<Timestamp>, StorageError> {
        let cells = self.connection.rows(&self.statements.mail.next_due, values![1_i64]).await?;
        Ok(decode_one(&cells)?.map(Timestamp::from_micros))
    }

    async fn waiting(&mut self) -> Result<u64, StorageError> {
        let cells = self.connection.rows(&self.statements.mail.waiting, values![]).await?;
        Ok(decode_one(&cells)?.unwrap_or_default())
    }
}

#[async_trait]
impl<C: Writing> MailWrites for Sql<C> {
    async fn insert(&mut self, user: UserId, draft: &Draft) -> Result<(), StorageError> {
        let mut values = values![user.get()];
        values.0.extend(drafted(draft));
        self.connection.rows(&self.statements.mail.insert, values).await.map(drop)
    }

    async fn request(&mut self, draft: &Draft) -> Result<(), StorageError> {
        let mut values = values![draft.email_key.as_str(), draft.kind.as_str()];
        values.0.extend(drafted(draft));
        self.connection.rows(&self.statements.mail.request, values).await.map(drop)
    }

    async fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> Result<Vec<Stored>, StorageError> {
        let values = values![until.as_micros(), now.as_micros(), i64::from(most)];
        read(&self.connection.rows(&self.statements.mail.claim, values).await?)
    }

    async fn due(&mut self, id: i64, at: Option<Timestamp>) -> Result<(), StorageError> {
        let values = values![at.map(Timestamp::as_micros), id];
        self.connection.rows(&self.statements.mail.due, values).await.map(drop)
    }

    async fn guess(
        &mut self,
        email_key: &str,
        kind: Kind,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<Stored>, StorageError> {
        let values = values![email_key, kind.as_str(), now.as_micros(), most];
        read(&self.connection.rows(&self.statements.mail.guess, values).await?)
    }

    async fn forgive(&mut self, id: i64) -> Result<(), StorageError> {
        self.connection.rows(&self.statements.mail.forgive, values![id]).await.map(drop)
    }

    async fn end(
        &mut self,
        email_key: &str,
        kind: Kind,
        now: Timestamp,
    ) -> Result<Vec<i64>, StorageError> {
        let values = values![email_key, kind.as_str(), now.as_micros()];
        let cells = self.connection.rows(&self.statements.mail.end, values).await?;
        cells.iter().map(|cell| decode(cell)).collect()
    }

    async fn forget(&mut self, user: UserId) -> Result<(), StorageError> {
        self.connection.rows(&self.statements.mail.forget, values![user.get()]).await.map(drop)
    }

    async fn prune(&mut self, before: Timestamp, most: u32) -> Result<u64, StorageError> {
        let values: Values = values![before.as_micros(), i64::from(most)];
        Ok(self.connection.rows(&self.statements.mail.prune, values).await?.len() as u64)
    }
}
