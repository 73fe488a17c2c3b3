//! Calls about people.

use guildhall_openapi::accounts::{
    CreateUser, DeleteUser, GetUser, ListUsers, Me, ProfilePatch, UpdateMe, UpdateUser,
    UserDeletion, UserPatch, UserQuery,
};
use guildhall_openapi::export::ExportMe;
use guildhall_openapi::{Export, NewUser, User, UserId, UserView};

use super::calls;
use crate::client::Client;

/// The people of an application; to sign up or in is [`Client::auth`]'s.
///
/// ```no_run
/// # use guildhall_client::{Client, contract::accounts::{ProfilePatch, UserQuery}};
/// # async fn run(client: Client) -> Result<(), guildhall_client::Error> {
/// let me = client.accounts().me().await?;
/// let patch = ProfilePatch { username: Some("ada".into()), ..ProfilePatch::default() };
/// client.accounts().update_me(&patch).await?;
///
/// let query = UserQuery { q: Some("grace".into()), ..UserQuery::default() };
/// for person in client.accounts().list(&query).await? {
///     println!("{} {}", person.id(), person.username());
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Accounts<'c>(pub(crate) &'c Client);

impl Client {
    /// The people of the application.
    #[must_use]
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts(self)
    }
}

calls! { Accounts of "accounts";
    /// The account of whoever is signed in.
    call me() -> User = Me;
    /// Changes the account of whoever is signed in. A new email address needs the present password.
    call update_me() body(patch: &ProfilePatch) -> User = UpdateMe;
    /// Lists people, in the order of their ids.
    list list() query(query: &UserQuery) -> UserView = ListUsers;
    /// Creates an account for someone else (admins).
    call create() body(new: &NewUser) -> User = CreateUser;
    /// Reads one account: all of it where it is one's own, and for admins.
    call get(id: UserId) -> UserView = GetUser;
    /// Changes an account: one's own, or, for admins, anyone's.
    call update(id: UserId) body(patch: &UserPatch) -> User = UpdateUser;
    /// Deletes an account: one's own, or, for admins, anyone's. What tells of the person is overwritten
    /// where `how` says so.
    call delete(id: UserId) query(how: &UserDeletion) -> () = DeleteUser;
    /// All that is stored about whoever is signed in. It is read whole before it is given.
    call export() -> Export = ExportMe;
}
