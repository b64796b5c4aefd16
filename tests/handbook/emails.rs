//! The code of `docs/emails.md`.

mod addresses_change {
    // [addresses-change]

    use tower_sso::{AccountId, Sso};

    /// After the app has stored it.
    async fn address_removed(sso: &Sso, account: &AccountId) -> Result<usize, tower_sso::Error> {
        sso.emails_changed(account).await // how many sessions ended; where it fails: again
    }

    /// The same, by the button of an administrator: the audit event names them.
    async fn removed_by(
        sso: &Sso,
        admin: &AccountId,
        account: &AccountId,
    ) -> Result<usize, tower_sso::Error> {
        sso.as_actor(admin).run(sso.emails_changed(account)).await
    }

    // [/addresses-change]
}

#[test]
fn a_domain_that_is_not_valid_is_refused_by_its_field() {
    let block = crate::support::toml_blocks(&crate::support::page("emails.md")).remove(0);
    assert!(crate::support::connections(&block).is_ok());
    let error = crate::support::connections(&block.replace("acme.example", "@acme.example")).unwrap_err();
    assert_eq!(error.field(), "email.domains[0]");
}
