//! The effective enforcement: what a connection's settings mean for one member, one credential and one time.
//!
//! A connection has a roll-out date, a pilot and a token policy, and the app can exempt or bind single members. These
//! functions combine them. They are pure, and no SSO session is involved.

use std::time::SystemTime;

use crate::{
    connection::{
        checked::Connection,
        policy::{Enforcement, EnforcementScope, TokenPolicy},
    },
    directory::membership::{EnforcementOverride, Member},
};
use tower_sso_core::CredentialKind;

/// Returns the effective enforcement. The first row that matches applies:
///
/// | # | situation | effective |
/// |---|---|---|
/// | 1 | the connection is off | off |
/// | 2 | the member is exempt | exempt |
/// | 3 | the credential is a token that belongs to the organization | exempt |
/// | 4 | the credential is a token, and the connection exempts tokens | exempt |
/// | 5 | SSO is required of this member | enforced |
/// | 6 | the connection is optional | optional |
/// | 7 | enforced for the pilot, and the member is not part of it | optional |
/// | 8 | enforced from a date in the future | optional |
/// | 9 | enforced | enforced |
///
/// `decide` handles external collaborators, service accounts and non-members before this, in its rows 4 and 5.
pub(crate) fn effective_enforcement(
    connection: &Connection,
    member: Member,
    credential: CredentialKind,
    now: SystemTime,
) -> EffectiveEnforcement {
    match (connection.enforcement, member.binding) {
        (Enforcement::Off, _) => return EffectiveEnforcement::Off,
        (_, EnforcementOverride::Exempt) => return EffectiveEnforcement::Exempt,
        (
            Enforcement::Optional | Enforcement::Enforced,
            EnforcementOverride::Default | EnforcementOverride::Required,
        ) => {}
    }
    match (connection.tokens, credential) {
        (_, CredentialKind::OrganizationToken) | (TokenPolicy::Exempt, CredentialKind::Token) => {
            return EffectiveEnforcement::Exempt;
        }
        (TokenPolicy::Exempt, CredentialKind::Session)
        | (
            TokenPolicy::Authorized | TokenPolicy::OwnerSession,
            CredentialKind::Session | CredentialKind::Token,
        ) => {}
    }
    if member.binding == EnforcementOverride::Required {
        return EffectiveEnforcement::Enforced;
    }
    let piloted = connection.scope == EnforcementScope::AllMembers || member.pilot;
    let begun = connection.enforce_from.is_none_or(|date| date <= now);
    if connection.enforcement == Enforcement::Enforced && piloted && begun {
        EffectiveEnforcement::Enforced
    } else {
        EffectiveEnforcement::Optional
    }
}

/// Returns whether the request's credential is a token for which an SSO session of its owner counts: one that belongs
/// to any of the owner's app sessions. Otherwise only an SSO session of the credential itself counts.
pub(crate) fn uses_owner_session(connection: &Connection, credential: CredentialKind) -> bool {
    match (connection.tokens, credential) {
        (TokenPolicy::OwnerSession, CredentialKind::Token) => true,
        (TokenPolicy::OwnerSession, CredentialKind::Session | CredentialKind::OrganizationToken)
        | (TokenPolicy::Authorized | TokenPolicy::Exempt, _) => false,
    }
}

/// Returns whether the credential is a token that its owner authorizes on the token page. A challenge to it leads
/// there.
pub(crate) fn uses_token_page(connection: &Connection, credential: CredentialKind) -> bool {
    connection.tokens == TokenPolicy::Authorized && credential == CredentialKind::Token
}

/// Returns the date from which an SSO login is required of the member, if that date is in the future.
pub(crate) fn required_from(
    connection: &Connection,
    member: Member,
    credential: CredentialKind,
    now: SystemTime,
) -> Option<SystemTime> {
    let date = connection.enforce_from?;
    let bound =
        |at| effective_enforcement(connection, member, credential, at) == EffectiveEnforcement::Enforced;
    (!bound(now) && bound(date)).then_some(date)
}

/// The effective enforcement of a connection for one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EffectiveEnforcement {
    Off,
    Exempt,
    Optional,
    Enforced,
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::connection::settings::ConnectionSettings;

    #[test]
    fn the_token_policy_decides_which_session_a_token_needs() {
        use CredentialKind::*;
        for (policy, credential, owners, page) in [
            (TokenPolicy::Authorized, Token, false, true),
            (TokenPolicy::Authorized, Session, false, false),
            (TokenPolicy::Authorized, OrganizationToken, false, false),
            (TokenPolicy::OwnerSession, Token, true, false),
            (TokenPolicy::OwnerSession, Session, false, false),
            (TokenPolicy::OwnerSession, OrganizationToken, false, false),
            (TokenPolicy::Exempt, Token, false, false),
            (TokenPolicy::Exempt, Session, false, false),
            (TokenPolicy::Exempt, OrganizationToken, false, false),
        ] {
            let connection =
                ConnectionSettings::example("acme", Enforcement::Enforced).tokens(policy).build().unwrap();
            let found =
                (uses_owner_session(&connection, credential), uses_token_page(&connection, credential));
            assert_eq!(found, (owners, page), "{policy:?} {credential:?}");
        }
    }

    #[test]
    fn every_row_of_the_effective_enforcement_table_holds() {
        let now = UNIX_EPOCH + Duration::from_secs(1000);
        let (past, ahead) = (now, now + Duration::from_secs(1));
        let plain = |enforcement| ConnectionSettings::example("acme", enforcement);
        let enforced = || plain(Enforcement::Enforced);
        let member = |binding, pilot| Member { binding, pilot };
        use {CredentialKind::*, EnforcementOverride::*};
        for (row, settings, member, credential, expected) in [
            (1, plain(Enforcement::Off), member(Required, true), Session, EffectiveEnforcement::Off),
            (2, enforced(), member(Exempt, true), Session, EffectiveEnforcement::Exempt),
            (3, enforced(), member(Default, true), OrganizationToken, EffectiveEnforcement::Exempt),
            (
                3,
                plain(Enforcement::Optional),
                member(Required, true),
                OrganizationToken,
                EffectiveEnforcement::Exempt,
            ),
            (
                4,
                enforced().tokens(TokenPolicy::Exempt),
                member(Required, false),
                Token,
                EffectiveEnforcement::Exempt,
            ),
            (
                5,
                plain(Enforcement::Optional),
                member(Required, false),
                Session,
                EffectiveEnforcement::Enforced,
            ),
            (
                5,
                enforced().enforce_from(ahead),
                member(Required, false),
                Session,
                EffectiveEnforcement::Enforced,
            ),
            (
                5,
                enforced().enforcement_scope(EnforcementScope::Pilot),
                member(Required, false),
                Token,
                EffectiveEnforcement::Enforced,
            ),
            (6, plain(Enforcement::Optional), member(Default, true), Session, EffectiveEnforcement::Optional),
            (
                7,
                enforced().enforcement_scope(EnforcementScope::Pilot),
                member(Default, false),
                Session,
                EffectiveEnforcement::Optional,
            ),
            (
                8,
                enforced().enforce_from(ahead),
                member(Default, false),
                Session,
                EffectiveEnforcement::Optional,
            ),
            (
                8,
                enforced().enforcement_scope(EnforcementScope::Pilot).enforce_from(ahead),
                member(Default, true),
                Session,
                EffectiveEnforcement::Optional,
            ),
            (9, enforced(), member(Default, false), Session, EffectiveEnforcement::Enforced),
            (9, enforced(), member(Default, false), Token, EffectiveEnforcement::Enforced),
            (
                9,
                enforced().tokens(TokenPolicy::OwnerSession),
                member(Default, false),
                Token,
                EffectiveEnforcement::Enforced,
            ),
            (
                9,
                enforced().tokens(TokenPolicy::Exempt),
                member(Default, false),
                Session,
                EffectiveEnforcement::Enforced,
            ),
            (
                9,
                enforced().enforcement_scope(EnforcementScope::Pilot),
                member(Default, true),
                Session,
                EffectiveEnforcement::Enforced,
            ),
            (
                9,
                enforced().enforce_from(past),
                member(Default, false),
                Session,
                EffectiveEnforcement::Enforced,
            ),
        ] {
            let connection = settings.build().unwrap();
            assert_eq!(effective_enforcement(&connection, member, credential, now), expected, "row {row}");
        }
    }

    #[test]
    fn a_future_enforcement_date_is_shown_to_the_members_it_affects() {
        let now = UNIX_EPOCH + Duration::from_secs(1000);
        let ahead = now + Duration::from_secs(1);
        let from = |enforcement, date| ConnectionSettings::example("acme", enforcement).enforce_from(date);
        let enforced = || from(Enforcement::Enforced, ahead);
        let member = |binding, pilot| Member { binding, pilot };
        use {CredentialKind::*, EnforcementOverride::*};
        for (settings, member, credential, told) in [
            (enforced(), member(Default, false), Session, true),
            (enforced(), member(Default, false), Token, true),
            (enforced().enforcement_scope(EnforcementScope::Pilot), member(Default, true), Session, true),
            (enforced().enforcement_scope(EnforcementScope::Pilot), member(Default, false), Session, false),
            (enforced().tokens(TokenPolicy::Exempt), member(Default, false), Token, false),
            (enforced(), member(Exempt, false), Session, false),
            // SSO is already required.
            (enforced(), member(Required, false), Session, false),
            (from(Enforcement::Enforced, now), member(Default, false), Session, false),
            (from(Enforcement::Off, ahead), member(Required, false), Session, false),
            (
                ConnectionSettings::example("acme", Enforcement::Enforced),
                member(Default, false),
                Session,
                false,
            ),
        ] {
            let connection = settings.build().unwrap();
            let found = required_from(&connection, member, credential, now);
            assert_eq!(found, told.then_some(ahead), "{connection:?} {member:?} {credential:?}");
        }
        // The builder makes no optional connection with a date. If there were one, nobody would be told.
        let mut optional = ConnectionSettings::example("acme", Enforcement::Optional).build().unwrap();
        optional.enforce_from = Some(ahead);
        assert_eq!(required_from(&optional, member(Default, false), Session, now), None);
    }

    #[test]
    fn enforcement_applies_only_for_the_listed_reasons() {
        use {CredentialKind::*, EnforcementOverride::*};
        let now = UNIX_EPOCH + Duration::from_secs(1000);
        let mut bound = 0;
        for enforcement in [Enforcement::Off, Enforcement::Optional, Enforcement::Enforced] {
            for tokens in [TokenPolicy::Authorized, TokenPolicy::OwnerSession, TokenPolicy::Exempt] {
                for everybody in [true, false] {
                    for ahead in [0, 1] {
                        let from = now + Duration::from_secs(ahead);
                        let who =
                            if everybody { EnforcementScope::AllMembers } else { EnforcementScope::Pilot };
                        let settings = ConnectionSettings::example("acme", enforcement).tokens(tokens);
                        let mut connection = settings.build().unwrap();
                        // The builder makes no optional connection with a date or a pilot. They change nothing.
                        (connection.enforce_from, connection.scope) = (Some(from), who);
                        for (binding, pilot, credential) in
                            [Default, Exempt, Required].into_iter().flat_map(|binding| {
                                let each = move |pilot| {
                                    [Session, Token, OrganizationToken].map(|it| (binding, pilot, it))
                                };
                                [true, false].into_iter().flat_map(each)
                            })
                        {
                            let free = enforcement == Enforcement::Off
                                || binding == Exempt
                                || credential == OrganizationToken
                                || (credential == Token && tokens == TokenPolicy::Exempt);
                            let asked = binding == Required
                                || (enforcement == Enforcement::Enforced
                                    && (everybody || pilot)
                                    && ahead == 0);
                            let member = Member { binding, pilot };
                            let found = effective_enforcement(&connection, member, credential, now);
                            assert_eq!(
                                found == EffectiveEnforcement::Enforced,
                                !free && asked,
                                "{connection:?} {member:?} {credential:?}"
                            );
                            assert_eq!(
                                found == EffectiveEnforcement::Optional,
                                !free && !asked,
                                "{connection:?} {member:?} {credential:?}"
                            );
                            bound += usize::from(found == EffectiveEnforcement::Enforced);
                        }
                    }
                }
            }
        }
        assert!(bound > 0);
    }
}
