//! The code of `docs/joining.md`.

mod links {
    // [links]

    use tower_sso::{AccountId, OrgId, ReturnPath, Sso, join::JoinLinkId, login::LoginError};

    /// An administrator's button; that the viewer is one, the app has checked. The address is shown now and never again.
    async fn make(sso: &Sso, here: &OrgId, me: &AccountId) -> Result<String, LoginError> {
        let made = sso.create_join_link(here, me, &ReturnPath::root()).await?;
        Ok(made.address.expose().clone())
    }

    /// Their list: when each was made, by whom, until when, and how often it was used.
    async fn list(sso: &Sso, here: &OrgId) -> Result<Vec<String>, tower_sso::Error> {
        let links = sso.join_links(here).await?;
        let row = |link: &tower_sso::join::JoinLink| {
            format!(
                "by {} at {:?}, until {:?}, used {}",
                link.made_by, link.made_at, link.expires_at, link.uses
            )
        };
        Ok(links.iter().map(row).collect())
    }

    /// The button beside each. Nobody joins by it any more, nor who has begun to; members stay members.
    async fn revoke(sso: &Sso, here: &OrgId, me: &AccountId, id: &str) -> Result<bool, tower_sso::Error> {
        sso.revoke_join_link(here, me, &JoinLinkId::new(id)).await
    }

    // [/links]
}

mod handler {
    // [handler]

    use http::request::Parts;
    use tower_sso::{
        CompletedLogin, Lookup, ReturnPath, Sso,
        join::{JoinHandler, JoinOutcome, NewUser, SignUp},
        login::LoginError,
        roles::Role,
    };

    struct App;

    impl JoinHandler for App {
        fn join(&self, login: &CompletedLogin) -> Lookup<JoinOutcome> {
            let role = login.new_role().map_or("read", Role::name);
            println!("{} is a member of {} from now on, as {role}", login.account, login.organization);
            Lookup::now(JoinOutcome::Done)
        }

        fn welcome(&self, new_user: &NewUser) -> Lookup<SignUp> {
            let page = format!("/register?ticket={}", new_user.ticket().expose());
            Lookup::now(ReturnPath::parse(&page).map_or(SignUp::Refused, SignUp::At))
        }
    }

    /// The page's form. Answers with where the browser goes once it has the new login session.
    async fn register(sso: &Sso, request: &Parts, ticket: &str) -> Result<String, LoginError> {
        let new_user = sso.new_user(request, ticket).await?; // in their browser alone
        let email = new_user.email(); // verified, where the app itself has verified the domain
        println!("an account for {email}, and a login session of it");
        Ok(new_user.continue_url().expose().clone())
    }

    // [/handler]
}
