//! The macro that generates one test for each rule.

/// Generates one test for each rule that a store must keep.
///
/// `$store` is an expression that is evaluated once for each test and returns a new, empty store, as an `Arc` of one
/// type that implements all four traits. The tests run in tokio: the crate that uses the macro needs tokio with the
/// features `macros` and `rt-multi-thread` as a dev-dependency.
///
/// Put the macro into a module, with the imports that the expression needs inside of that module. Each test is named
/// after its rule, and its documentation is at the function of that name in
/// [`conformance`](crate::conformance):
///
/// ```rust,test_harness
/// mod conformance {
///     use std::sync::Arc;
///
///     use tower_sso_core::store::MemoryStore;
///
///     tower_sso_core::store_conformance! { Arc::new(MemoryStore::default()) }
/// }
/// ```
///
/// If a type implements only some of the traits, name the rules that it must keep, each under its module:
///
/// ```rust,test_harness
/// # mod conformance {
/// # use std::sync::Arc;
/// # use tower_sso_core::store::MemoryStore;
/// tower_sso_core::store_conformance! { Arc::new(MemoryStore::default());
///     join_links {
///         a_join_link_is_found_by_its_id_until_it_is_removed
///         join_links_are_listed_newest_first
///         organizations_do_not_see_each_others_join_links
///         each_use_of_a_join_link_is_counted_until_it_is_removed
///     }
/// }
/// # }
/// ```
#[macro_export]
macro_rules! store_conformance {
    ($store:expr; $($part:ident { $($sentence:ident)+ })+) => {
        $($(
            #[::tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $sentence() {
                $crate::conformance::$part::$sentence($store).await;
            }
        )+)+
    };
    ($store:expr) => {
        $crate::store_conformance! { $store;
            sessions {
                a_session_is_found_only_by_its_key
                the_newest_session_of_a_key_is_found
                an_older_session_is_found_once_the_newest_is_revoked
                an_expired_session_is_still_returned_to_the_caller
                a_revocation_ends_what_its_scope_covers_and_nothing_else
                a_revocation_by_the_provider_returns_the_sessions_that_it_ended
                a_revocation_ends_active_sessions_no_matter_when_they_began
                changed_emails_end_the_sessions_of_other_addresses
                an_insert_that_races_a_revocation_leaves_no_active_session
            }
            pauses {
                a_paused_insert_leaves_no_revoked_session
                a_paused_revocation_leaves_no_revoked_session
            }
            marks {
                the_revision_rises_with_each_revocation
                a_login_begun_before_a_revocation_can_not_finish_after_it
                a_login_begun_after_a_revocation_is_stored
                clocks_do_not_decide_what_a_revocation_covers
                a_login_begun_at_the_provider_is_ordered_by_its_time
                a_revocation_mark_refuses_only_what_its_scope_covers
                revoked_answers_what_insert_would_answer
                an_earlier_revocation_does_not_weaken_a_later_one
                a_revocation_mark_survives_a_clock_that_steps_back
                a_clock_that_is_ahead_locks_no_logins
                an_unknown_scope_is_an_error
            }
            provider_logouts {
                a_provider_scope_without_a_subject_and_session_ends_nothing
                a_saml_session_ends_in_every_format_of_its_name_id
                an_openid_session_is_ended_only_in_its_scope
            }
            lists {
                a_list_returns_the_sessions_that_find_returns_newest_first
                a_list_by_provider_session_matches_any_scope
                pages_of_a_list_stay_consistent_while_sessions_change
                an_unknown_kind_of_list_is_an_error
                an_unknown_cursor_returns_an_empty_page
            }
            one_time {
                a_value_is_taken_once
                an_expired_value_is_returned_with_its_end_or_forgotten
                a_value_replaces_an_earlier_one_under_the_same_key
                a_replaced_value_is_the_newest_of_its_owner
                beyond_the_cap_the_oldest_value_of_the_same_owner_is_removed
                a_taken_value_does_not_count_toward_the_cap
                concurrent_takes_of_a_value_have_one_winner
                a_claim_blocks_later_claims_until_it_expires
                a_claim_survives_a_clock_that_steps_back
                a_clock_that_was_ahead_does_not_block_claims_for_long
                a_claim_lasts_an_hour_at_most_unless_it_is_a_notice
                a_claim_is_not_a_value
                concurrent_claims_have_one_winner
            }
            budgets {
                an_account_has_a_budget_of_values
                an_account_has_a_budget_of_bytes
                a_value_that_is_gone_does_not_count_toward_a_budget
                an_organization_has_a_budget
                a_member_has_a_budget_of_sessions
                an_organization_has_a_budget_of_join_links
            }
            links {
                a_link_is_found_by_its_account_until_it_is_unlinked
                linking_again_returns_the_same_link
                an_account_with_another_subject_is_refused
                a_subject_of_another_account_is_refused
                a_link_of_another_scope_is_replaced
                a_replaced_link_frees_its_subject
                a_refused_link_leaves_the_old_link_unchanged
                an_unlinked_subject_can_be_linked_to_another_account
                a_failed_login_undoes_the_link_that_it_made
                a_failed_login_undoes_no_other_link
                organizations_do_not_see_each_others_links
                concurrent_links_to_one_subject_have_one_winner
            }
            join_links {
                a_join_link_is_found_by_its_id_until_it_is_removed
                join_links_are_listed_newest_first
                organizations_do_not_see_each_others_join_links
                each_use_of_a_join_link_is_counted_until_it_is_removed
            }
        }
    };
}

/// Generates one test for each rule that a store of connections must keep
/// ([`ConnectionStore`](crate::connection::ConnectionStore)).
///
/// It is used as [`store_conformance!`](crate::store_conformance) is, and the rules are in
/// [`conformance::connections`](crate::conformance::connections):
///
/// ```rust,test_harness
/// mod connections {
///     use std::sync::Arc;
///
///     use tower_sso_core::store::MemoryStore;
///
///     tower_sso_core::connection_store_conformance! { Arc::new(MemoryStore::default()) }
/// }
/// ```
#[macro_export]
macro_rules! connection_store_conformance {
    ($store:expr) => {
        $crate::store_conformance! { $store;
            connections {
                the_newest_change_of_a_connection_is_found
                a_change_of_an_older_state_is_a_conflict
                concurrent_changes_have_one_winner
                former_settings_are_kept
                connections_are_listed_by_organization
                a_record_is_resealed_unless_it_has_changed
                an_organization_has_a_budget_of_changes
            }
        }
    };
}

/// Generates one test for each rule that an audit log must keep ([`AuditLog`](crate::audit::AuditLog)).
///
/// It is used as [`store_conformance!`](crate::store_conformance) is, and the rules are in
/// [`conformance::audit`](crate::conformance::audit):
///
/// ```rust,test_harness
/// mod audit_log {
///     use std::sync::Arc;
///
///     use tower_sso_core::store::MemoryStore;
///
///     tower_sso_core::audit_log_conformance! { Arc::new(MemoryStore::default()) }
/// }
/// ```
#[macro_export]
macro_rules! audit_log_conformance {
    ($store:expr) => {
        $crate::store_conformance! { $store;
            audit {
                a_record_is_found_as_it_was_appended
                a_query_returns_only_what_fits
                pages_of_the_log_are_exact
                an_organization_has_a_budget_of_records
                old_records_are_forgotten
                concurrent_records_are_all_kept
            }
        }
    };
}
