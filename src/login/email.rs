//! Decides whether the provider's email address is accepted, and whether it is one of the account's. Pure functions: no
//! lookups.

use tower_sso_core::EmailVerified;
use unicode_normalization::UnicodeNormalization as _;

use crate::{
    connection::email_rules::{EmailRules, UnverifiedEmail},
    error::kind::LoginErrorKind,
    identity::IdentityFields,
};

/// Returns the normalized address if it is accepted: the provider vouches for it, it is on the domain list, and it is
/// one of the account's own addresses.
pub(crate) fn accept(
    identity: &IdentityFields,
    rules: &EmailRules,
    of_account: &[String],
) -> Result<String, LoginErrorKind> {
    let address = vouched(identity, rules)?;
    if !of_account.iter().filter_map(|email| normalize(email)).any(|own| own == address) {
        return Err(LoginErrorKind::EmailNotOfAccount);
    }
    Ok(address)
}

/// Returns the normalized address if the provider vouches for it and it is on the domain list. For a person without an
/// account.
pub(crate) fn vouched(identity: &IdentityFields, rules: &EmailRules) -> Result<String, LoginErrorKind> {
    let address =
        identity.email.as_deref().filter(|email| !email.is_empty()).ok_or(LoginErrorKind::EmailMissing)?;
    match (identity.email_verified, rules.absent_verification) {
        (EmailVerified::No, _) | (EmailVerified::Absent, UnverifiedEmail::Refuse) => {
            return Err(LoginErrorKind::EmailNotVerified);
        }
        (EmailVerified::Yes, _) | (EmailVerified::Absent, UnverifiedEmail::Accept) => {}
    }
    let address = normalize(address).ok_or(LoginErrorKind::EmailInvalid)?;
    let domain = address.rsplit('@').next().unwrap_or_default();
    if !rules.domains.is_empty() && !rules.domains.iter().any(|listed| listed == domain) {
        return Err(LoginErrorKind::EmailDomainRefused);
    }
    Ok(address)
}

/// Returns the account's address that the provider most likely knows: the first one on the domain list.
#[cfg(feature = "oidc")]
pub(crate) fn hint<'a>(of_account: &'a [String], rules: &EmailRules) -> Option<&'a str> {
    let listed = |email: &&String| {
        normalize(email).is_some_and(|email| {
            rules.domains.is_empty()
                || rules.domains.iter().any(|domain| email.rsplit('@').next() == Some(domain))
        })
    };
    of_account.iter().find(listed).map(String::as_str)
}

/// Normalizes an address for comparison: the domain in its ASCII form (IDNA), the local part in NFC with ASCII
/// letters in lower case. Dots and plus tags are kept. Returns `None` if the text is not a plain address, or could be
/// read as two addresses.
pub(crate) fn normalize(address: &str) -> Option<String> {
    let (local, domain) = address.split_once('@')?;
    let odd = |c: char| c.is_control() || c.is_whitespace() || "()<>[]:;,\\\"@".contains(c) || is_format(c);
    if local.is_empty() || local.chars().any(odd) || domain.chars().any(odd) || address.len() > 254 {
        return None;
    }
    // A character that NFC turns into an ASCII letter, such as the Kelvin sign, is a disguise.
    if local.chars().any(|c| !c.is_ascii() && c.nfc().any(|normal| normal.is_ascii())) {
        return None;
    }
    let local: String = local.nfc().collect();
    let domain = idna::domain_to_ascii_strict(domain).ok()?;
    if domain.is_empty() || !domain.contains('.') || domain.ends_with('.') {
        return None;
    }
    Some(format!("{}@{domain}", local.to_ascii_lowercase()))
}

/// Returns whether a character is invisible: a joiner, a direction mark, the byte order mark or a tag.
fn is_format(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::identity::Profile;
    use tower_sso_core::{Protocol, store::LinkScope};

    fn identity(email: Option<&str>, email_verified: EmailVerified) -> IdentityFields {
        IdentityFields {
            protocol: Protocol::Oidc,
            scope: LinkScope("i".into(), "c".into()),
            subject: "s".into(),
            link: None,
            email: email.map(Into::into),
            email_verified,
            profile: Profile::default(),
            logged_in_at: None,
            context_class: None,
            idp_session: None,
            session_until: None,
        }
    }

    fn rules(absent_verification: UnverifiedEmail, domains: &[&str]) -> EmailRules {
        EmailRules { absent_verification, domains: domains.iter().map(|&domain| domain.into()).collect() }
    }

    #[test]
    fn an_address_has_at_most_254_bytes() {
        let of = |bytes: usize| format!("{}@acme.example", "a".repeat(bytes - "@acme.example".len()));
        assert_eq!(normalize(&of(254)), Some(of(254)));
        assert_eq!(normalize(&of(255)), None);
        assert_eq!(normalize(&of(1000)), None);
        // Odd characters are refused on both sides of the `@`.
        assert_eq!((normalize("a b@acme.example"), normalize("ab@ac me.example")), (None, None));
    }

    #[cfg(feature = "oidc")]
    #[test]
    fn the_login_hint_is_the_first_address_in_an_allowed_domain() {
        let own = ["odd", "ada@home.example", "Ada@acme.example", "ada@acme.example"].map(str::to_owned);
        let of = |domains: &[&str]| hint(&own, &rules(UnverifiedEmail::Refuse, domains)).map(str::to_owned);
        assert_eq!(of(&["acme.example"]).as_deref(), Some("Ada@acme.example"));
        assert_eq!(of(&["other.example", "home.example"]).as_deref(), Some("ada@home.example"));
        assert_eq!(of(&["other.example"]), None);
        assert_eq!(of(&[]).as_deref(), Some("ada@home.example"));
    }

    #[test]
    fn an_email_is_accepted_only_by_the_rules_of_the_connection() {
        use EmailVerified::{Absent, No, Yes};
        use LoginErrorKind::*;
        use UnverifiedEmail::{Accept, Refuse};
        const ADA: &str = "ada@acme.example";
        for (email, verified, absent, domains, expected) in [
            (Some(ADA), Yes, Refuse, &[][..], Ok(ADA)),
            (Some("ADA@Acme.Example"), Yes, Refuse, &[], Ok(ADA)),
            (Some(ADA), Absent, Accept, &[], Ok(ADA)),
            (Some(ADA), Yes, Refuse, &["other.example", "acme.example"], Ok(ADA)),
            (None, Yes, Refuse, &[], Err(EmailMissing)),
            (Some(""), Yes, Refuse, &[], Err(EmailMissing)),
            (Some(ADA), Absent, Refuse, &[], Err(EmailNotVerified)),
            (Some(ADA), No, Refuse, &[], Err(EmailNotVerified)),
            (Some(ADA), No, Accept, &[], Err(EmailNotVerified)),
            (Some("ada"), Yes, Refuse, &[], Err(EmailInvalid)),
            (Some(ADA), Yes, Refuse, &["other.example"], Err(EmailDomainRefused)),
            (Some("ada@sub.acme.example"), Yes, Refuse, &["acme.example"], Err(EmailDomainRefused)),
            (Some("bob@acme.example"), Yes, Refuse, &[], Err(EmailNotOfAccount)),
            (Some("ada+x@acme.example"), Yes, Refuse, &[], Err(EmailNotOfAccount)),
            (Some("a.da@acme.example"), Yes, Refuse, &[], Err(EmailNotOfAccount)),
        ] {
            let own = ["Ada@ACME.example".to_owned(), "not an address".to_owned()];
            let accepted = accept(&identity(email, verified), &rules(absent, domains), &own);
            assert_eq!(
                accepted.as_deref(),
                expected.as_ref().map(|ok| *ok),
                "{email:?} {verified:?} {domains:?}"
            );
            // Without an account the result is the same, except for the reason in the last row.
            let vouched = vouched(&identity(email, verified), &rules(absent, domains));
            match expected {
                Err(EmailNotOfAccount) => assert_eq!(vouched.as_deref().ok(), email),
                Ok(address) => assert_eq!(vouched.as_deref(), Ok(address)),
                Err(kind) => assert_eq!(vouched, Err(kind)),
            }
        }
    }

    #[test]
    fn an_ambiguous_address_is_refused() {
        assert_eq!(normalize("a.b+c@x.example").as_deref(), Some("a.b+c@x.example"));
        assert_eq!(normalize("jos\u{65}\u{301}@x.example"), normalize("jos\u{e9}@x.example"));
        assert_eq!(normalize("a@b\u{fc}cher.example").as_deref(), Some("a@xn--bcher-kva.example"));
        for odd in [
            "",
            "@",
            "a@",
            "@x.example",
            "a@b@x.example",
            " a@x.example",
            "a@x.example ",
            "a@x.example\n",
            "a\r\nBcc: b@x.example",
            "a\0@x.example",
            "a@localhost",
            "a@x.example.",
            "a@x..example",
            "\"a\"@x.example",
            "<a@x.example>",
            "a,b@x.example",
            "a@x.example;b@y.example",
            "\u{212a}im@x.example",
            "a\u{200b}@x.example",
            "a\u{202e}b@x.example",
            "a\u{a0}b@x.example",
        ] {
            assert_eq!(normalize(odd), None, "{odd:?}");
        }
        // Letters of another script that look the same are different letters.
        assert_ne!(normalize("\u{430}da@x.example"), normalize("ada@x.example"));
    }

    proptest! {
        #[test]
        fn addresses_that_differ_only_in_case_are_equal(
            local in "[a-z0-9._+-]{1,8}", domain in "[a-z]{1,6}\\.example", tag in "[.+]?[a-z0-9]{1,4}", upper: [bool; 20],
        ) {
            let address = format!("{local}@{domain}");
            let odd_case: String = address.chars().enumerate()
                .map(|(at, c)| if upper[at % 20] { c.to_ascii_uppercase() } else { c }).collect();
            prop_assert_eq!(normalize(&odd_case), Some(address.clone()));
            // No dot and no plus tag is removed.
            let tagged = format!("{local}{tag}@{domain}");
            prop_assert_eq!(normalize(&tagged), Some(tagged.clone()));
            let dotted = format!("{}@{domain}", local.replace('.', ""));
            prop_assert_eq!(dotted == address, normalize(&dotted) == normalize(&address));
        }

        #[test]
        fn composed_and_decomposed_unicode_are_equal(local in "\\p{Latin}{1,8}") {
            let (composed, decomposed): (String, String) = (local.nfc().collect(), local.nfd().collect());
            prop_assert_eq!(normalize(&format!("{composed}@x.example")), normalize(&format!("{decomposed}@x.example")));
        }

        #[test]
        fn the_unicode_and_ascii_forms_of_a_domain_are_equal(label in "[a-zäöüéñ]{1,10}") {
            let ascii = normalize(&format!("a@{label}.example"));
            prop_assert!(ascii.as_ref().is_some_and(|ascii| ascii.is_ascii()), "{:?}", ascii);
            prop_assert_eq!(&normalize(&format!("a@{}.example", label.to_uppercase())), &ascii);
            prop_assert_eq!(&ascii.as_deref().and_then(normalize), &ascii);
        }

        #[test]
        fn normalizing_is_idempotent(address in "\\PC{0,12}@\\PC{0,12}\\.[a-z]{2,5}") {
            if let Some(once) = normalize(&address) {
                prop_assert_eq!(normalize(&once), Some(once.clone()));
                prop_assert!(once.chars().filter(|c| *c == '@').count() == 1);
            }
        }
    }
}
