//! The code of `docs/testing.md`. It is also run.

mod directory {
    use tower_sso::{
        AccountId, ApplyOutcome, CompletedLogin, Directory, Lookup, LookupError, Membership, OrgId, OrgSlug,
        RequestHead, Viewer,
    };

    struct App {
        works: bool,
    }

    impl App {
        async fn with_database(_: &str) -> Self {
            Self { works: true }
        }

        async fn with_closed_database() -> Self {
            Self { works: false }
        }

        async fn add_organization(&self, _: u64, _: &str) {}

        async fn add_account(&self, _: &str, _: &[(&str, bool)]) {}

        fn answers<T>(&self, answer: T) -> Lookup<T> {
            if self.works { Lookup::now(answer) } else { Lookup::failed(LookupError::new("down")) }
        }
    }

    impl Directory for App {
        fn viewer(&self, _: RequestHead<'_>) -> Lookup<Viewer> {
            Lookup::now(Viewer::NotEstablished)
        }

        fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
            self.answers((slug.as_str() == "acme").then(|| "1".into()))
        }

        fn membership(&self, _: &OrgId, account: &AccountId) -> Lookup<Membership> {
            let member = account.as_str() == "ada";
            self.answers(if member { Membership::member() } else { Membership::NonMember })
        }

        fn verified_emails(&self, account: &AccountId) -> Lookup<Vec<String>> {
            let emails = (account.as_str() == "ada").then(|| "ada@acme.example".to_owned());
            self.answers(emails.into_iter().collect())
        }

        fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
            self.answers(ApplyOutcome::Done)
        }
    }

    // [directory]

    use tower_sso::testing::DirectoryCheck;

    #[tokio::test]
    async fn the_directory_keeps_its_promises() {
        let app = App::with_database("sqlite::memory:").await;
        app.add_organization(1, "acme").await;
        app.add_account("ada", &[("ada@acme.example", true), ("ada@elsewhere.example", false)]).await;
        let down = App::with_closed_database().await;
        DirectoryCheck::new(&app)
            .failing_twin(&down)
            .organization("acme".into(), "1".into())
            .verified_email("ada".into(), "ada@acme.example")
            .unverified_email("ada".into(), "ada@elsewhere.example")
            .run()
            .await
            .unwrap();
    }

    // [/directory]
}

mod handler {
    use axum::{Router, body::Body, routing::get};
    use tower_sso::{
        AccountId, ApplyOutcome, CompletedLogin, ConnectionSettings, Directory, Fresh, Lookup, Membership,
        OrgId, OrgSlug, RequestHead, Secret, Sso, Viewer,
        connection::{Enforcement, FixedConnections},
        oidc::{ClientAuthentication, ClientId, OidcSettings},
    };

    struct App;

    impl Directory for App {
        fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
            let cookie = request.headers.get("cookie").and_then(|cookie| cookie.to_str().ok());
            let id = cookie.and_then(|cookie| cookie.strip_prefix("session="));
            Lookup::now(id.map_or(Viewer::Anonymous, |id| Viewer::session("ada".into(), id.into())))
        }

        fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
            Lookup::now((slug.as_str() == "acme").then(|| "1".into()))
        }

        fn membership(&self, _: &OrgId, _: &AccountId) -> Lookup<Membership> {
            Lookup::now(Membership::member())
        }

        fn verified_emails(&self, _: &AccountId) -> Lookup<Vec<String>> {
            Lookup::now(Vec::new())
        }

        fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
            Lookup::now(ApplyOutcome::Done)
        }
    }

    async fn app() -> (Router, Sso) {
        let secret = ClientAuthentication::SecretBasic(Secret::new("secret".to_owned()));
        let idp = OidcSettings::new("https://idp.example", ClientId::new("hub"), secret);
        let acme = ConnectionSettings::oidc("1", Enforcement::Enforced, idp);
        let connections = FixedConnections::build([acme]).unwrap();
        let sso = Sso::builder("http://127.0.0.1:3000", App, connections).build().unwrap();
        let router = Router::new().route("/{org}/plans", get(|_: Fresh| async { "the plans" }));
        (sso.guard(router.with_state(sso.clone())), sso)
    }

    // [handler]

    use http::{Request, StatusCode};
    use tower::ServiceExt as _;
    use tower_sso::{Credential, testing::log_in};

    #[tokio::test]
    async fn a_member_reads_the_plans() {
        let (app, sso) = app().await;
        let ada = Credential::session("7");
        log_in(&sso, &"1".into(), &"ada".into(), &ada).await.unwrap();
        let request = Request::get("/acme/plans").header("cookie", "session=7").body(Body::empty()).unwrap();
        assert_eq!(app.oneshot(request).await.unwrap().status(), StatusCode::OK);
    }

    // [/handler]
}

mod joining {
    use tower_sso::{CompletedLogin, Lookup, ReturnPath, join::JoinOutcome};

    struct Joining;

    impl JoinHandler for Joining {
        fn join(&self, _: &CompletedLogin) -> Lookup<JoinOutcome> {
            Lookup::now(JoinOutcome::Done)
        }

        fn welcome(&self, new_user: &NewUser) -> Lookup<SignUp> {
            let page = format!("/register?ticket={}", new_user.ticket().expose());
            Lookup::now(ReturnPath::parse(&page).map_or(SignUp::Refused, SignUp::At))
        }
    }

    // [joining]

    use std::time::{Duration, SystemTime};

    use tower_sso::{
        identity::{Profile, VerifiedIdentity},
        join::{JoinHandler, NewUser, SignUp},
    };

    #[tokio::test]
    async fn a_visitor_is_sent_to_the_sign_up_page() {
        let profile: Profile = serde_json::from_str(r#"{"email": "Zoe@acme.example"}"#).unwrap();
        let identity = VerifiedIdentity::for_tests("248289761001", profile);
        let until = SystemTime::now() + Duration::from_secs(600);
        let zoe = NewUser::for_tests("1".into(), identity, "zoe@acme.example", until);
        let answer = Joining.welcome(&zoe).await.unwrap();
        let SignUp::At(page) = answer else { panic!("{answer:?}") };
        assert!(page.as_str().starts_with("/register?ticket="));
    }

    // [/joining]
}
