//! The storage contract as code: what every backend has to pass.
//!
//! ```no_run
//! # use guildhall_core::{conformance, storage::Storage};
//! # async fn example<S: Storage>(open_empty: impl AsyncFn(&str) -> S) {
//! conformance::run(async |name| open_empty(name).await).await;
//! # }
//! ```
//!
//! A case is a plain function over a [`Storage`] that panics where the contract is broken. Each
//! runs on a database of its own. Where an empty database is made quickly, each can be a test of its
//! own: [`conformance_tests`](crate::conformance_tests).
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a case fails by panicking")]

use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::storage::Storage;

pub mod accounts;
pub mod audit;
pub mod contract;
pub mod events;
pub mod fixtures;
pub mod groups;
pub mod guesses;
pub mod idempotency;
pub mod logins;
pub mod mail;
pub mod messages;
pub mod migrations;
pub mod sessions;
pub mod steps;
pub mod stream;
pub mod takeover;
pub mod transfer;

/// Longer than any case takes: one that waits for itself is a failure with a name.
const PATIENCE: Duration = Duration::from_secs(60);

/// One thing that a storage has to do.
pub struct Case {
    /// What it is called: its module and function.
    pub name: &'static str,
    /// What it starts from.
    pub on: State,
    /// Does it; panics where the storage fails.
    pub run: for<'a> fn(&'a dyn Storage) -> BoxFuture<'a, ()>,
}

/// What a case starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A database without a schema.
    Empty,
    /// One with a schema and without rows.
    Migrated,
}

macro_rules! cases {
    (($d:tt) $($state:ident { $($module:ident :: { $($case:ident),* $(,)? })* })*) => {
        /// All cases.
        pub const CASES: &[Case] = &[$($($(
            Case {
                name: concat!(stringify!($module), "::", stringify!($case)),
                on: State::$state,
                run: |storage| Box::pin($module::$case(storage)),
            },
        )*)*)*];

        /// Makes a test of each case, in a module of its aggregate, as [`run_case`](crate::conformance::run_case)
        /// runs it. The tests need tokio with its features `macros` and `rt-multi-thread`.
        ///
        /// ```ignore
        /// guildhall_core::conformance_tests!(async |_| MyStorage::default());
        /// ```
        #[macro_export]
        macro_rules! conformance_tests {
            ($d empty:expr) => {$($(
                mod $module {
                    use super::*;
                    $(
                        #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
                        async fn $case() {
                            let name = concat!(stringify!($module), "::", stringify!($case));
                            $d crate::conformance::run_case(name, $d empty).await;
                        }
                    )*
                }
            )*)*};
        }
    };
}

cases! {
    ($)
    Empty {
        migrations::{
            migrating_again_and_at_once_does_no_harm,
            what_is_to_be_migrated_is_told,
        }
    }
    Migrated {
        contract::{
            a_ping_is_answered,
            what_is_committed_is_read_afterwards,
            a_dropped_transaction_leaves_nothing,
            a_conflict_does_not_save_a_dropped_transaction,
            no_id_is_given_again,
            an_empty_transaction_commits,
            what_is_not_committed_is_not_read,
            what_is_rolled_back_was_never_read,
            writers_at_once_all_land_but_those_that_give_up,
            calls_abandoned_half_way_break_nothing,
        }
        accounts::{
            what_was_inserted_is_read,
            who_is_not_there_is_none,
            a_taken_key_is_named_on_insert,
            a_taken_key_is_named_on_update,
            a_group_that_is_not_there_is_named,
            one_of_many_gets_an_email,
            text_comes_back_as_it_went_in,
            times_come_back_to_the_microsecond,
            an_update_changes_all_but_what_it_must_not,
            an_email_is_looked_up_before_a_username,
            a_deleted_account_frees_its_names,
            only_the_standing_have_a_presence,
            a_locked_account_is_not_changed_by_others,
            admins_are_those_who_stand,
            the_last_of_two_admins_stays,
            pages_are_in_id_order_and_tell_of_more,
            filters_go_together,
            a_search_finds_what_it_says,
        }
        audit::{
            an_entry_comes_back_as_it_went_in,
            entries_are_listed_newest_first,
            filters_of_the_audit_log_go_together,
            addresses_are_forgotten,
            old_entries_are_removed,
        }
        events::{
            what_was_announced_is_read,
            an_update_of_an_event_changes_what_it_may,
            a_taken_title_is_named,
            one_of_many_gets_a_title,
            attending_again_changes_nothing,
            nobody_attends_what_is_not_there,
            a_deleted_event_is_gone,
            a_deleted_account_organizes_but_does_not_attend,
            pages_of_events_are_in_id_order,
            filters_of_events_go_together,
            a_search_finds_events_by_what_they_say,
            pages_of_attendees_are_in_id_order,
            pages_of_attended_events_are_in_id_order,
            a_number_of_everyones_log_stands_for_all_changes,
        }
        groups::{
            a_group_that_is_not_there_is_none,
            a_group_comes_back_as_it_went_in,
            a_taken_group_name_is_named,
            one_of_many_gets_a_group_name,
            groups_are_listed_page_by_page,
            a_deleted_group_lets_its_users_go,
            a_group_is_deleted_while_people_get_in,
        }
        guesses::{
            tries_come_back_as_they_went_in,
            tries_at_once_are_all_counted,
            old_tries_are_forgotten,
            old_keys_in_use_do_not_stand_in_the_way,
            an_address_is_known_to_its_user,
            what_is_known_of_a_user_is_forgotten,
            tries_at_an_account_are_forgotten_together,
        }
        idempotency::{
            a_key_gives_its_first_answer,
            old_and_dropped_keys_are_free,
            of_many_with_one_key_one_does_the_work,
            keys_of_a_user_are_forgotten,
        }
        steps::{
            a_step_is_committed_or_says_why_not,
            a_created_event_is_told_or_says_why_not,
            steps_at_once_each_get_their_own_answer,
        }
        logins::{
            a_login_is_stored_and_shown,
            a_better_hash_replaces_the_verified_one,
            no_login_where_the_account_has_changed,
            the_oldest_login_goes_when_there_are_too_many,
            idle_logins_go_when_another_comes,
            only_logins_seen_since_are_listed,
            a_rotation_comes_back_as_it_went_in,
            refreshes_at_once_take_turns,
            logins_at_once_all_land,
            no_login_outlives_a_disabling_that_it_raced_with,
            only_the_owner_revokes,
            revoking_all_spares_the_one_named_and_other_people,
            those_who_stand_are_told_with_their_logins,
        }
        sessions::{
            a_session_that_is_not_there_is_none,
            a_session_comes_back_as_it_went_in,
            a_state_is_stored_with_its_end,
            users_are_shown_in_the_order_of_joining,
            users_of_one_session_are_not_in_another,
            joining_at_once_all_get_in,
            nobody_gets_in_while_a_session_is_stopped,
            nobody_gets_in_while_they_are_deleted,
            whoever_leaves_all_stays_in_what_has_ended,
            a_deleted_session_leaves_nothing,
            sessions_are_listed_page_by_page,
            sessions_of_one_user_are_listed_page_by_page,
        }
        mail::{
            a_new_account_gets_a_mail,
            a_mail_comes_back_as_it_went_in,
            a_mail_is_claimed_for_a_while,
            each_mail_is_claimed_by_one_of_many,
            a_mail_that_is_asked_for_is_written_in_any_case,
            a_mail_is_used_once,
            guesses_and_uses_pass_each_other,
            guesses_at_a_mail_are_counted,
            mails_about_an_account_are_forgotten,
            mails_end,
        }
        messages::{
            what_was_sent_is_read_and_told,
            a_message_to_oneself_is_told_once,
            nobody_writes_to_whom_is_not_there,
            what_is_read_is_told_once,
            each_message_is_read_by_one_of_many,
            much_is_read_at_once,
            messages_at_once_are_each_told_under_their_numbers,
            messages_are_listed_newest_first,
            both_ways_are_one_conversation,
            conversations_follow_what_is_written_and_read,
            conversations_of_many_at_once_are_in_order,
        }
        takeover::{
            rows_keep_their_ids_and_come_back_as_they_went_in,
            what_stands_already_is_shown_and_not_changed,
            keys_that_others_have_are_named,
            ids_rise_above_those_that_were_brought,
            messages_that_were_brought_are_in_conversations_and_told,
            messages_that_were_brought_do_not_disturb_those_that_are_there,
            sessions_that_were_brought_have_their_people_in_order,
            events_that_were_brought_are_told_to_everyone,
            what_was_brought_and_dropped_leaves_nothing,
        }
        stream::{
            who_was_told_nothing_is_at_the_beginning,
            a_session_is_told_to_those_it_concerns,
            everyone_is_told_in_one_row,
            what_was_told_stays_as_it_was,
            a_row_comes_behind_what_everyone_was_told_before,
            logs_are_read_from_a_place_on,
            heads_of_many_logs_are_told_at_once,
            what_is_dropped_was_never_told,
            a_ticket_is_spent_once,
            what_is_old_is_removed_and_its_number_stays_taken,
            a_row_that_is_still_there_is_whole,
            tickets_are_remembered_until_they_end,
            numbers_become_visible_in_order,
            two_write_to_each_other_at_once,
            many_are_told_at_once_by_many,
            sessions_are_left_while_others_change_them,
            a_message_does_not_wait_for_its_sender,
        }
    }
}

/// Runs every case, each on a database that `empty` makes: a new one, without a schema, for the
/// name of a case.
///
/// # Panics
/// Where cases fail, with their names and what they said.
pub async fn run<S: Storage>(empty: impl AsyncFn(&'static str) -> S) {
    let mut failed = Vec::new();
    for case in CASES {
        failed.extend(failure(case, empty(case.name).await).await);
    }
    assert!(
        failed.is_empty(),
        "{} of {} cases failed:\n{}",
        failed.len(),
        CASES.len(),
        failed.join("\n")
    );
}

/// Runs the case of this name, as [`run`] does.
///
/// # Panics
/// Where it fails, or there is none.
pub async fn run_case<S: Storage>(name: &'static str, empty: impl AsyncFn(&'static str) -> S) {
    let case = CASES.iter().find(|case| case.name == name).expect("a case");
    if let Some(failure) = failure(case, empty(name).await).await {
        panic!("{failure}");
    }
}

/// The case's name and what it said, where it failed.
async fn failure(case: &'static Case, storage: impl Storage) -> Option<String> {
    let done = tokio::spawn(async move {
        if case.on == State::Migrated {
            storage.migrate().await.expect("the schema");
        }
        (case.run)(&storage).await;
    });
    let end = done.abort_handle();
    match tokio::time::timeout(PATIENCE, done).await {
        Ok(Ok(())) => None,
        Ok(Err(panic)) => Some(format!("{}: {panic}", case.name)),
        Err(_) => {
            end.abort();
            Some(format!("{}: not done after {PATIENCE:?}", case.name))
        }
    }
}
