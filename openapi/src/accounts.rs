//! Accounts: the people of an application.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::change::Change;
use crate::endpoint::endpoints;
use crate::ids::{GroupId, UserId};
use crate::page::Page;
use crate::text::{Email, FullName, Password, PresentPassword, Search, Username};
use crate::time::Timestamp;
use crate::variants::documented;

documented! {
    /// What an account may do.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    #[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
    #[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
    pub enum Role {
        /// A member.
        #[default]
        User,
        /// Someone who may manage everyone's accounts and content.
        Admin,
    }
}

/// An account, as its owner and admins see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct User {
    /// The account's id.
    pub id: UserId,
    /// The name under which others know the account.
    pub username: Username,
    /// The address to which mail goes.
    pub email: Email,
    /// The person's name.
    pub full_name: Option<FullName>,
    /// Whether the owner has shown that the address is theirs.
    pub email_verified: bool,
    /// Whether an admin has shut the account.
    pub disabled: bool,
    /// What the account may do.
    pub role: Role,
    /// The group the person is in.
    pub group: Option<GroupId>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// When its owner last signed in.
    pub last_login: Option<Timestamp>,
}

/// An account, as other members see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Member {
    /// The account's id.
    pub id: UserId,
    /// The name under which others know the account.
    pub username: Username,
    /// The address to which mail goes.
    pub email: Email,
    /// The person's name.
    pub full_name: Option<FullName>,
    /// The group the person is in.
    pub group: Option<GroupId>,
}

impl From<User> for Member {
    fn from(user: User) -> Self {
        let User { id, username, email, full_name, group, .. } = user;
        Self { id, username, email, full_name, group }
    }
}

/// An account, as whoever asks may see it: the [`Member`] fields always, the rest to its owner and
/// to admins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Union))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum UserView {
    /// All fields.
    Full(User),
    /// The fields for other members.
    Member(Member),
}

impl UserView {
    /// The account's id.
    #[must_use]
    pub fn id(&self) -> UserId {
        match self {
            Self::Full(user) => user.id,
            Self::Member(member) => member.id,
        }
    }

    /// The name under which others know the account.
    #[must_use]
    pub fn username(&self) -> &str {
        match self {
            Self::Full(user) => &user.username,
            Self::Member(member) => &member.username,
        }
    }
}

/// The body of `POST /register`.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "poem", oai(skip_serializing_if_is_none))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct NewAccount {
    /// The name under which others will know the account.
    pub username: Username,
    /// The address to which mail goes.
    pub email: Email,
    /// The password to sign in with.
    pub password: Password,
    /// The person's name.
    pub full_name: Option<FullName>,
}

/// The body of `POST /users`.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "poem", oai(skip_serializing_if_is_none))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct NewUser {
    /// The name under which others will know the account.
    pub username: Username,
    /// The address to which mail goes.
    pub email: Email,
    /// The password to sign in with.
    pub password: Password,
    /// The person's name.
    pub full_name: Option<FullName>,
    /// What the account may do; a `user` where nothing is said.
    pub role: Option<Role>,
    /// Whether the account starts out shut.
    pub disabled: Option<bool>,
    /// The group the person is in.
    pub group: Option<GroupId>,
}

impl From<NewAccount> for NewUser {
    /// A member, as whoever registers becomes one.
    fn from(new: NewAccount) -> Self {
        let NewAccount { username, email, password, full_name } = new;
        Self { username, email, password, full_name, role: None, disabled: None, group: None }
    }
}

/// The body of `PATCH /auth/me`. Fields left out stay.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "poem", oai(skip_serializing_if_is_none))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct ProfilePatch {
    /// A new username.
    pub username: Option<Username>,
    /// A new address; needs `current_password`, and is unverified.
    pub email: Option<Email>,
    /// A new full name; `null` clears it.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub full_name: Change<FullName>,
    /// The present password, where the email changes.
    pub current_password: Option<PresentPassword>,
}

/// The body of `PUT /users/{user_id}`. Fields left out stay.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "poem", oai(skip_serializing_if_is_none))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct UserPatch {
    /// A new username.
    pub username: Option<Username>,
    /// A new address, unverified; needs `current_password` where one's own changes.
    pub email: Option<Email>,
    /// A new full name; `null` clears it.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub full_name: Change<FullName>,
    /// A new password; needs `current_password` where one's own changes.
    pub password: Option<Password>,
    /// The present password, where one's own email or password changes.
    pub current_password: Option<PresentPassword>,
    /// Whether the address counts as verified (admins only).
    pub email_verified: Option<bool>,
    /// What the account may do (admins only).
    pub role: Option<Role>,
    /// Whether the account is shut (admins only).
    pub disabled: Option<bool>,
    /// The group the person is in; `null` takes them out (admins only).
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub group: Change<GroupId>,
}

impl From<ProfilePatch> for UserPatch {
    fn from(patch: ProfilePatch) -> Self {
        let ProfilePatch { username, email, full_name, current_password } = patch;
        Self { username, email, full_name, current_password, ..Self::default() }
    }
}

/// The query of `GET /users`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct UserQuery {
    /// Only people with this in their username or full name, without regard to case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<Search>,
    /// Only people in this group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// Deleted accounts too (admins; ignored from others).
    pub include_deleted: bool,
    /// Which part of the list.
    #[serde(flatten)]
    pub page: Page<UserId>,
}

/// The query of `DELETE /users/{user_id}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct UserDeletion {
    /// Whether what tells of the person is overwritten, too; admins may ask it for an account that is
    /// deleted already.
    pub erase: bool,
}

endpoints! {
    /// Creates an account for whoever asks.
    Register = "register" Post "/register", Registration,
        (NewAccount, ()) -> User, [EmailTaken, UsernameTaken, WeakPassword];
    /// Reads the caller's own account.
    Me = "me" Get "/auth/me", Member, ((), ()) -> User, [];
    /// Changes the caller's own account.
    UpdateMe = "update_me" Patch "/auth/me", Member,
        (ProfilePatch, ()) -> User, [EmailTaken, UsernameTaken, WrongPassword];
    /// Lists people.
    ListUsers = "list_users" Get "/users", Directory, ((), UserQuery) -> Vec<UserView>, [ValidationFailed];
    /// Creates an account for someone else.
    CreateUser = "create_user" Post "/users", Admin,
        (NewUser, ()) -> User,
        [EmailTaken, UsernameTaken, WeakPassword, GroupNotFound, IdempotencyKeyReused];
    /// Reads one account.
    GetUser = "get_user" Get "/users/{user_id}", Directory, ((), ()) -> UserView, [UserNotFound];
    /// Changes an account.
    UpdateUser = "update_user" Put "/users/{user_id}", Themself,
        (UserPatch, ()) -> User,
        [EmailTaken, UsernameTaken, LastAdmin, WrongPassword, UserNotFound, GroupNotFound, WeakPassword];
    /// Deletes an account.
    DeleteUser = "delete_user" Delete "/users/{user_id}", Themself,
        ((), UserDeletion) -> (), [LastAdmin, UserNotFound];
}
