//! Erasing a person: what of an account tells of someone is overwritten, what others have of it stays
//! under its id (GDPR, article 17). `docs/DELETION.md` says it row by row.

use guildhall_openapi::UserId;
use guildhall_openapi::text::{Email, Username};

use super::Account;
use crate::audit::Draft;
use crate::guesses;
use crate::storage::{StorageError, Transaction};

/// Overwrites what tells of the person; the id, the role and the times stay.
pub(super) fn overwrite(account: &mut Account) {
    let user = &mut account.user;
    (user.username, user.email) = names(user.id);
    (user.full_name, user.group, user.email_verified) = (None, None, false);
    account.password_hash = String::new();
}

/// What an erased account is called. No mail reaches `.invalid` (RFC 2606, 2).
fn names(id: UserId) -> (Username, Email) {
    (format!("erased-{id}").into(), format!("erased-{id}@erased.invalid").into())
}

/// Forgets what is kept elsewhere of the person, and notes that they were erased, unless they had been.
pub(super) async fn forget(
    tx: &mut dyn Transaction,
    entry: &Draft,
    before: &Account,
    after: &Account,
) -> Result<(), StorageError> {
    let id = after.user.id;
    guesses::forget(tx, id).await?;
    tx.idempotency().forget_user(id).await?;
    tx.mail().forget(id).await?;
    if !is_erased(before) {
        tx.audit().insert(entry).await?;
    }
    // Last, so that one's own address does not stay behind in what was just noted.
    tx.audit().forget_addresses(id).await
}

fn is_erased(account: &Account) -> bool {
    let mut erased = account.clone();
    overwrite(&mut erased);
    account.user.deleted_at.is_some() && erased == *account
}
