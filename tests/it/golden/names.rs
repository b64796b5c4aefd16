//! The names in events, answers and errors.

use tower_sso::{
    audit::Action,
    connection::{Enforcement, EnforcementScope, PublicContent, TokenPolicy, UnverifiedEmail},
    identity::Protocol,
    login::LoginErrorKind,
    middleware::{ChallengeReason, OfferReason},
    oidc::{HmacAlgorithm, JwsAlgorithm},
    roles::OtherGroups,
    session::RevocationScope,
    token::CredentialKind,
};

/// Each name is also the end of a problem's type, `urn:tower-sso:…`.
const ERROR_KINDS: &[&str] = &[
    "access_token_hash_wrong",
    "algorithm_refused",
    "audience_wrong",
    "auth_time_missing",
    "auth_time_too_old",
    "authorized_party_wrong",
    "callback_issuer_missing",
    "callback_issuer_wrong",
    "claim_refused",
    "code_missing",
    "connection_changed",
    "context_class_wrong",
    "critical_header",
    "cross_origin",
    "discovery_failed",
    "discovery_invalid",
    "discovery_issuer_wrong",
    "email_domain_refused",
    "email_invalid",
    "email_missing",
    "email_not_of_account",
    "email_not_verified",
    "id_token_missing",
    "initiator_wrong",
    "issued_at_wrong",
    "issuer_wrong",
    "join_link_expired",
    "join_link_unknown",
    "join_refused",
    "key_ambiguous",
    "key_too_weak",
    "key_unknown",
    "keys_failed",
    "keys_invalid",
    "lookup_failed",
    "loop",
    "newcomer_refused",
    "no_connection",
    "nonce_wrong",
    "not_member",
    "not_signed_in",
    "not_yet_valid",
    "other_account",
    "other_credential",
    "other_organization",
    "parameter_repeated",
    "provider_address_insecure",
    "provider_address_private",
    "provider_answer_too_large",
    "provider_error",
    "provider_redirected",
    "provider_timeout",
    "provider_unreachable",
    "pushed_request_refused",
    "rate_limited",
    "request_invalid",
    "return_path_invalid",
    "revoked",
    "saml_algorithm_refused",
    "saml_assertion_count",
    "saml_attribute_invalid",
    "saml_attribute_whitespace",
    "saml_audience_wrong",
    "saml_authn_statement_invalid",
    "saml_condition_invalid",
    "saml_confirmation_wrong",
    "saml_decryption_failed",
    "saml_destination_wrong",
    "saml_doctype",
    "saml_element_unexpected",
    "saml_encoding_invalid",
    "saml_encryption_refused",
    "saml_expired",
    "saml_id_invalid",
    "saml_in_response_to_wrong",
    "saml_issue_instant_wrong",
    "saml_issuer_wrong",
    "saml_logout_invalid",
    "saml_metadata_failed",
    "saml_metadata_invalid",
    "saml_name_id_invalid",
    "saml_not_yet_valid",
    "saml_processing_instruction",
    "saml_replayed",
    "saml_root_wrong",
    "saml_session_over",
    "saml_signature_invalid",
    "saml_signature_misplaced",
    "saml_signature_missing",
    "saml_signature_shape",
    "saml_status_failed",
    "saml_text_mixed",
    "saml_too_complex",
    "saml_too_large",
    "saml_unsolicited",
    "saml_xml_invalid",
    "signature_invalid",
    "state_expired",
    "state_missing",
    "state_unknown",
    "state_used",
    "store_full",
    "subject_changed",
    "subject_invalid",
    "subject_of_another_account",
    "ticket_expired",
    "ticket_missing",
    "ticket_unknown",
    "ticket_used",
    "token_answer_invalid",
    "token_expired",
    "token_failed",
    "token_malformed",
    "token_refused",
    "token_type_wrong",
    "userinfo_failed",
    "userinfo_invalid",
    "userinfo_subject_wrong",
    "viewer_not_established",
];

const ACTIONS: &[&str] = &[
    "login.begun",
    "login.received",
    "login.finished",
    "login.refused",
    "logout.received",
    "logout.begun",
    "logout.finished",
    "link.created",
    "link.replaced",
    "link.removed",
    "join_link.made",
    "join_link.revoked",
    "newcomer.handed_over",
    "member.joined",
    "role.kept_last_admin",
    "role.applied",
    "role.unknown",
    "groups.applied",
    "groups.unknown",
    "session.revoked",
    "session.rebound",
    "token.authorized",
    "lookup.failed",
    "connection.expiring",
    "connection.changed",
    "session.fresh_required",
    "layer.misplaced",
];

#[test]
fn the_names_of_error_kinds_do_not_change() {
    let mut names: Vec<_> = LoginErrorKind::ALL.iter().map(|kind| kind.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ERROR_KINDS);
}

#[test]
fn the_names_of_audit_events_do_not_change() {
    assert_eq!(Action::NAMES, ACTIONS);
}

#[test]
fn the_names_of_challenge_reasons_do_not_change() {
    let reasons = [
        ChallengeReason::NoSession,
        ChallengeReason::Expired,
        ChallengeReason::ConnectionChanged,
        ChallengeReason::TooLongAgo,
        ChallengeReason::OtherContextClass,
    ];
    let names =
        ["no_session", "session_expired", "connection_changed", "login_too_long_ago", "other_context_class"];
    assert_eq!(reasons.map(ChallengeReason::as_str), names);
    assert_eq!(
        [OfferReason::Optional, OfferReason::PublicContent].map(OfferReason::as_str),
        ["optional", "public_content"]
    );
}

#[test]
fn the_names_of_credentials_protocols_and_revocations_do_not_change() {
    let kinds = [CredentialKind::Session, CredentialKind::Token, CredentialKind::OrganizationToken];
    assert_eq!(kinds.map(CredentialKind::as_str), ["session", "token", "organization_token"]);
    assert_eq!([Protocol::Oidc, Protocol::Saml].map(Protocol::as_str), ["oidc", "saml"]);
    let (credential, organization, account) = (super::records::credential(), "1".into(), "ada".into());
    for (scope, name) in [
        (RevocationScope::Credential(credential.clone()), "credential"),
        (
            RevocationScope::AccountCredential { credential: credential.clone(), account: "ada".into() },
            "account_credential",
        ),
        (RevocationScope::Session { credential, organization, account }, "session"),
        (RevocationScope::Account("ada".into()), "account"),
        (RevocationScope::Member("1".into(), "ada".into()), "member"),
        (RevocationScope::OtherEmails { account: "ada".into(), emails: Vec::new() }, "other_emails"),
        (RevocationScope::Organization("1".into()), "organization"),
        (super::records::of_provider(), "idp_session"),
    ] {
        assert_eq!(scope.name(), name);
    }
}

#[test]
fn the_names_of_setting_values_do_not_change() {
    macro_rules! holds {
        ($($type:ident { $($variant:ident = $name:literal),+ $(,)? })+) => {
            $($(
                assert_eq!($type::$variant.as_str(), $name);
                let read: $type = serde_json::from_str(concat!("\"", $name, "\"")).unwrap();
                assert_eq!(read, $type::$variant);
            )+)+
        };
    }
    holds! {
        Enforcement { Off = "off", Optional = "optional", Enforced = "enforced" }
        EnforcementScope { AllMembers = "all_members", Pilot = "pilot" }
        PublicContent { Strict = "strict", Open = "open" }
        TokenPolicy { Authorized = "authorized", OwnerSession = "owner_session", Exempt = "exempt" }
        UnverifiedEmail { Refuse = "refuse", Accept = "accept" }
        OtherGroups { Keep = "keep", Remove = "remove" }
        JwsAlgorithm {
            Rs256 = "RS256", Rs384 = "RS384", Rs512 = "RS512", Ps256 = "PS256", Ps384 = "PS384", Ps512 = "PS512",
            Es256 = "ES256", Es384 = "ES384", EdDsa = "EdDSA",
        }
        HmacAlgorithm { Hs256 = "HS256", Hs384 = "HS384", Hs512 = "HS512" }
    }
}
