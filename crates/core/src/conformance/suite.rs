//! The macro that makes a test of each rule.

/// Makes a test of each rule that a store must keep. `$store` is an expression that returns a new, empty store each time,
/// as an `Arc`. The tests run in tokio, so the crate that uses the macro needs tokio with the features `macros` and
/// `rt-multi-thread`.
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
                a_session_is_found_by_its_key_and_by_no_other
                the_newest_session_of_a_key_counts
                an_older_session_of_the_key_counts_once_the_newest_is_revoked
                an_expired_session_is_found_for_the_caller_to_judge
                a_revocation_ends_what_its_scope_covers_and_nothing_else
                a_revocation_by_the_provider_tells_the_sessions_that_it_ended
                a_revocation_ends_active_sessions_no_matter_when_they_began
                changed_emails_end_what_stood_on_another_address
                a_provider_scope_that_names_nobody_ends_nothing
                a_saml_session_ends_however_its_name_id_is_spelled_out
                an_openid_session_is_ended_in_its_own_scope_alone
                a_login_begun_before_a_revocation_can_not_finish_after_it
                a_login_begun_after_a_revocation_is_stored
                a_mark_refuses_only_what_its_scope_covers
                revoked_answers_what_insert_would_answer
                an_earlier_revocation_does_not_weaken_a_later_one
                a_mark_outlives_a_clock_that_steps_back
                an_insert_that_races_a_revocation_leaves_nothing_standing
            }
            lists {
                a_list_holds_what_find_answers_the_newest_first
                a_list_of_what_the_provider_knows_a_session_by_holds_any_scope
                a_list_is_told_page_by_page_whatever_happens_in_between
                an_unknown_cursor_returns_an_empty_page
            }
            one_time {
                a_value_is_taken_once
                a_value_past_its_time_is_the_takers_to_judge
                a_value_under_the_same_key_takes_the_place_of_the_first
                beyond_the_cap_the_owners_own_oldest_goes
                a_value_that_was_taken_does_not_count_against_the_cap
                one_of_many_takers_gets_the_value
                a_claim_is_the_first_callers_until_its_time
                a_claim_outlives_a_clock_that_steps_back
                a_claim_is_not_a_value
                one_of_many_claimers_is_the_first
            }
            links {
                a_link_is_found_by_its_account_until_it_is_unlinked
                a_link_made_again_is_the_same
                an_account_with_another_subject_is_refused
                a_subject_of_another_account_is_refused
                a_link_of_another_scope_gives_way
                a_link_that_gave_way_frees_its_subject
                a_refused_pin_leaves_the_old_link_standing
                an_unlinked_subject_can_be_linked_to_another_account
                organizations_do_not_see_each_others_links
                concurrent_links_to_one_subject_have_one_winner
            }
            join_links {
                a_join_link_is_found_by_its_id_until_it_is_removed
                join_links_are_listed_the_newest_first
                organizations_do_not_see_each_others_join_links
                each_use_of_a_join_link_is_counted_and_none_after_its_end
            }
        }
    };
}
