//! Who is here, and who gets to see what of it.

use guildhall_openapi::accounts::UserQuery;
use guildhall_openapi::page::Page;
use guildhall_openapi::{ErrorCode, GroupId, Member, User, UserId, UserView};

use super::{Account, Accounts, UserFilter};
use crate::caller::Caller;
use crate::error::{Faults, Result};
use crate::guildhall::Directory;
use crate::identity;

impl Accounts<'_> {
    /// The account with this id, as the caller may see it. `include_deleted` counts for admins.
    ///
    /// # Errors
    /// `not_authenticated`, `forbidden` as the directory's setting says; `user_not_found`.
    pub async fn get(
        &self,
        caller: Option<&Caller>,
        id: UserId,
        include_deleted: bool,
    ) -> Result<UserView> {
        if let Some(caller) = caller.filter(|caller| caller.id() == id) {
            return Ok(UserView::Full(caller.user().clone()));
        }
        let view = self.view(caller)?;
        let account = self.0.storage.read().await?.accounts().by_id(id).await?;
        let deleted_too = include_deleted && view == View::Full;
        account
            .filter(|account| deleted_too || account.user.deleted_at.is_none())
            .map(|account| view.of(account.user))
            .ok_or_else(|| ErrorCode::UserNotFound.into())
    }

    /// The account with this email or username, unless it is deleted. For the operator, who needs no
    /// one's leave.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn find(&self, name: &str) -> Result<Option<User>> {
        Ok(self.of_name(name.trim()).await?.map(|account| account.user))
    }

    /// The account with this email, or else the one with this username.
    pub(crate) async fn of_name(&self, name: &str) -> Result<Option<Account>> {
        let (email, username) = (identity::email_key(name), identity::username_key(name));
        Ok(self.0.storage.read().await?.accounts().by_key(&email, &username).await?)
    }

    /// A page of the directory and whether there is more. `include_deleted` counts for admins.
    ///
    /// # Errors
    /// `not_authenticated`, `forbidden` as the directory's setting says; `validation_failed`.
    pub async fn list(
        &self,
        caller: Option<&Caller>,
        query: UserQuery,
    ) -> Result<(Vec<UserView>, bool)> {
        let view = self.view(caller)?;
        let include_deleted = query.include_deleted && view == View::Full;
        let (users, more) = self.list_all(UserQuery { include_deleted, ..query }).await?;
        Ok((users.into_iter().map(|user| view.of(user)).collect(), more))
    }

    /// A page of all accounts, for whoever may see them.
    pub(crate) async fn list_all(&self, query: UserQuery) -> Result<(Vec<User>, bool)> {
        let mut faults = Faults::default();
        let search = query.q.map(|q| faults.check("q", q.check().map(identity::fold)));
        faults.done()?;
        let filter = UserFilter {
            search: search.flatten().filter(|search| !search.is_empty()),
            group: query.group,
            include_deleted: query.include_deleted,
            page: query.page,
        };
        Ok(self.0.storage.read().await?.accounts().list(&filter).await?)
    }

    /// The people in a group who are not deleted, as the caller sees them in the directory, and
    /// whether there are more.
    ///
    /// # Errors
    /// `forbidden` as the directory's setting says; `group_not_found`.
    pub async fn of_group(
        &self,
        caller: &Caller,
        group: GroupId,
        page: Page<UserId>,
    ) -> Result<(Vec<UserView>, bool)> {
        let query = UserQuery { group: Some(group), page, ..UserQuery::default() };
        let (users, more) = self.list(Some(caller), query).await?;
        if users.is_empty() {
            // An empty group, an end, or no group at all.
            self.0.groups().get(caller, group).await?;
        }
        Ok((users, more))
    }

    /// What the caller sees of others, if anything.
    pub(crate) fn view(&self, caller: Option<&Caller>) -> Result<View> {
        match (caller, self.0.policy.directory) {
            (Some(caller), _) if caller.is_admin() => Ok(View::Full),
            (Some(_), Directory::Members) | (_, Directory::Public) => Ok(View::Member),
            (Some(_), Directory::Private) => Err(ErrorCode::Forbidden.into()),
            (None, Directory::Members | Directory::Private) => {
                Err(ErrorCode::NotAuthenticated.into())
            }
        }
    }
}

/// What someone sees of an account.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    Full,
    Member,
}

impl View {
    pub(crate) fn of(self, user: User) -> UserView {
        match self {
            Self::Full => UserView::Full(user),
            Self::Member => UserView::Member(Member::from(user)),
        }
    }
}
