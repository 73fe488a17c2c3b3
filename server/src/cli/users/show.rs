//! How accounts look on a terminal.

use anstyle::{AnsiColor, Style};
use guildhall_openapi::{Role, Timestamp, User};

use crate::cli::output::{Line, harmless, table as lay_out};

const FAINT: Style = Style::new().dimmed();
const YELLOW: Style = AnsiColor::Yellow.on_default();

/// A list of accounts.
pub(super) fn table(users: &[User]) -> String {
    let lines: Vec<_> = users.iter().map(line).collect();
    lay_out(["ID", "USERNAME", "EMAIL", "NAME", "ROLE", "STATE", "LAST LOGIN"], &lines)
}

fn line(user: &User) -> Line<7> {
    let cells = [
        user.id.to_string(),
        user.username.to_string(),
        user.email.to_string(),
        user.full_name.as_deref().unwrap_or_default().to_owned(),
        role(user).into(),
        state(user).into(),
        user.last_login.map(day).unwrap_or_default(),
    ];
    Line { style: style(user), cells }
}

/// One account, a line for each thing that is known of it.
pub(super) fn one(user: &User) -> String {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "none".into());
    let verified = if user.email_verified { "verified" } else { "not verified" };
    let facts = [
        ("id", user.id.to_string()),
        ("username", user.username.to_string()),
        ("email", format!("{} ({verified})", user.email.as_str())),
        ("name", or_none(user.full_name.as_deref().map(str::to_owned))),
        ("role", role(user).into()),
        ("state", state(user).into()),
        ("group", or_none(user.group.map(|id| id.to_string()))),
        ("created", user.created_at.to_string()),
        ("updated", user.updated_at.to_string()),
        ("deleted", user.deleted_at.map_or_else(|| "no".into(), |at| at.to_string())),
        ("last login", user.last_login.map_or_else(|| "never".into(), |at| at.to_string())),
    ];
    let lines = facts.map(|(name, fact)| format!("{name:<11} {}", harmless(&fact)));
    lines.join("\n")
}

/// An account by its names.
pub(super) fn name(user: &User) -> String {
    harmless(&format!("{} <{}>", user.username.as_str(), user.email.as_str()))
}

/// The day of a time, in UTC.
fn day(at: Timestamp) -> String {
    at.to_string().chars().take_while(|c| *c != 'T').collect()
}

const fn role(user: &User) -> &'static str {
    match user.role {
        Role::User => "user",
        Role::Admin => "admin",
    }
}

fn state(user: &User) -> &'static str {
    match (user.deleted_at, user.disabled) {
        (Some(_), _) => "deleted",
        (None, true) => "disabled",
        (None, false) => "active",
    }
}

fn style(user: &User) -> Style {
    match (user.deleted_at, user.disabled) {
        (Some(_), _) => FAINT,
        (None, true) => YELLOW,
        (None, false) => Style::new(),
    }
}
