//! The code of `docs/sessions.md`.

mod list_and_end {
    // [list-and-end]

    use tower_sso::{
        AccountId, OrgId, Sso,
        session::{RevocationScope, SessionId, SessionsOf},
        token::CredentialKind,
    };

    /// The viewer's own page.
    async fn mine(sso: &Sso, me: &AccountId) -> Result<Vec<String>, tower_sso::Error> {
        let page = sso.account_sessions(me, None).await?;
        let row = |session: &tower_sso::session::SsoSession| {
            let by = match session.credential.kind {
                CredentialKind::Session => "a browser",
                CredentialKind::Token | CredentialKind::OrganizationToken => "a token",
            };
            let (at, until) = (session.logged_in_at, session.expires_at);
            format!("{}: {} by {:?}, from {at:?} until {until:?}", session.organization, by, session.protocol)
        };
        Ok(page.sessions.iter().map(|session| row(session)).collect())
    }

    /// Its button. Another's id ends nothing, and says no more than one that is made up.
    async fn end_mine(sso: &Sso, me: &AccountId, id: &str) -> Result<bool, tower_sso::Error> {
        sso.end_session(&SessionId::new(id), &SessionsOf::Account(me.clone())).await
    }

    /// An administrator's buttons; that the viewer is one, the app has checked.
    async fn end_theirs(
        sso: &Sso,
        me: &AccountId,
        here: &OrgId,
        member: Option<&AccountId>,
    ) -> Result<usize, tower_sso::Error> {
        let scope = match member {
            Some(member) => RevocationScope::Member(here.clone(), member.clone()),
            None => RevocationScope::Organization(here.clone()),
        };
        sso.as_actor(me).run(sso.revoke(scope)).await
    }

    // [/list-and-end]
}

mod rebind {
    // [rebind]

    use tower_sso::{AccountId, CredentialId, Sso};

    /// The app gives the app session a new id: `old` and `new` are the values of its cookie before and after.
    async fn cycled(sso: &Sso, account: &AccountId, old: &str, new: &str) -> Result<(), tower_sso::Error> {
        let [old, new] = [old, new].map(CredentialId::of_secret);
        sso.rebind(account, &old, &new).await?;
        Ok(())
    }

    // [/rebind]
}

mod without_id {
    const REMOVES_SESSION: &str = "session=; Max-Age=0";

    fn verified_account(_: &HeaderMap) -> Option<AccountId> {
        None
    }

    // [without-id]

    use axum::response::{IntoResponse, Redirect, Response};
    use http::{HeaderMap, header, request::Parts};
    use tower_sso::{AccountId, Lookup, RequestHead, Sso, Viewer};

    /// `Directory::viewer` of an app whose cookie is signed, and names nothing but the account.
    fn viewer(request: RequestHead<'_>) -> Lookup<Viewer> {
        Lookup::now(match verified_account(request.headers) {
            Some(account) => Viewer::without_session_id(account),
            None => Viewer::Anonymous,
        })
    }

    /// The app's sign-out. It removes both cookies: the app's own, and the one of the SSO pages.
    async fn sign_out(sso: &Sso, parts: &Parts, account: &AccountId) -> Result<Response, tower_sso::Error> {
        let removes_binding = sso.signed_out_browser(parts, account).await?;
        let mut response = ([(header::SET_COOKIE, REMOVES_SESSION)], Redirect::to("/")).into_response();
        response.headers_mut().append(header::SET_COOKIE, removes_binding);
        Ok(response)
    }

    // [/without-id]
}

mod logout {
    #[derive(Clone)]
    struct Logins;

    impl Logins {
        async fn end(&self, _: &str) -> Result<(), std::io::Error> {
            Ok(())
        }
    }

    // [logout]

    use tower_sso::{
        Lookup,
        directory::{Logout, LogoutBy, LogoutHandler, LogoutOutcome},
        token::CredentialKind,
    };

    struct App {
        logins: Logins,
    }

    impl LogoutHandler for App {
        fn logged_out(&self, logout: &Logout) -> Lookup<LogoutOutcome> {
            // The person pressed the sign-out of one organization here: the login goes on.
            if logout.by == LogoutBy::Viewer {
                return Lookup::now(LogoutOutcome::Kept);
            }
            // At the provider they pressed one that is meant for every app: the login ends with it.
            let credentials = logout.ended.iter().map(|session| session.credential.clone());
            let logins: Vec<_> = credentials.filter(|it| it.kind == CredentialKind::Session).collect();
            let app = self.logins.clone();
            Lookup::later(async move {
                for login in logins {
                    app.end(login.id.as_str()).await?;
                }
                Ok(LogoutOutcome::SignedOut)
            })
        }
    }

    // [/logout]
}
