//! The code of `docs/axum-login.md` that `examples/axum_login` does not have: the changes of `App::serve`.

use axum::{Router, middleware::map_request};
use tower_sso::{
    AccountId, ApplyOutcome, CompletedLogin, Directory, FileConnections, Lookup, LookupError, Membership,
    OrgId, OrgSlug, RequestHead, Sso, Viewer,
};

use crate::start::viewer::login;

struct Organizations(());

impl Directory for Organizations {
    fn viewer(&self, _: RequestHead<'_>) -> Lookup<Viewer> {
        Lookup::now(Viewer::NotEstablished)
    }
    fn organization(&self, _: &OrgSlug) -> Lookup<Option<OrgId>> {
        Lookup::failed(LookupError::new("only compiled"))
    }
    fn membership(&self, _: &OrgId, _: &AccountId) -> Lookup<Membership> {
        Lookup::failed(LookupError::new("only compiled"))
    }
    fn verified_emails(&self, _: &AccountId) -> Lookup<Vec<String>> {
        Lookup::failed(LookupError::new("only compiled"))
    }
    fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
        Lookup::failed(LookupError::new("only compiled"))
    }
}

struct App {
    db: (),
}

impl App {
    #[allow(clippy::clone_on_copy, clippy::unit_arg, reason = "the database of a real app is a pool")]
    fn serve(self, app: Router<Sso>) -> Result<Router, Box<dyn std::error::Error>> {
        let auth_layer = map_request(login);
        // [build]
        let connections = FileConnections::open("connections.toml")?;
        let sso = Sso::builder("http://localhost:3000", Organizations(self.db.clone()), connections);
        let sso = sso.hide_unknown_organizations().build()?;
        // [/build]

        // [guard]
        let app = sso.guard(app).layer(auth_layer).with_state(sso);
        // [/guard]
        Ok(app)
    }
}
