//! The code of `docs/tokens.md`.

mod directory {
    struct App;

    // [directory]

    use tower_sso::{
        AccountId, Lookup,
        token::{ApiToken, TokenDirectory},
    };

    impl TokenDirectory for App {
        // The id is the one that the viewer of a request with the token has, never the token itself.
        fn tokens(&self, account: &AccountId) -> Lookup<Vec<ApiToken>> {
            let tokens = [("t-1", "laptop"), ("t-2", "build server")];
            Lookup::now(tokens.map(|(id, name)| ApiToken::new(id.into(), name)).into())
        }
    }

    // [/directory]
}
