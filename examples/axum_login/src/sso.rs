//! The users and organizations of this app, as tower-sso wants them.
//!
//! - `viewer` says who is signed in. Without an `AuthSession`, axum-login has not run, which is different from a request
//!   of nobody. The id of a session is the secret in its cookie, so tower-sso gets only a digest of it.
//! - `apply` would store the role of the person, if the connections mapped roles.
//! - `sign_in_url` is for people who are no longer signed in to the app when an SSO login begins or ends.

// [directory]
use axum_login::{AuthUser, url_with_redirect_query};
use sqlx::{SqlitePool, query_scalar};
use tower_sso::{
    AccountId, ApplyOutcome, CompletedLogin, CredentialId, Directory, Lookup, Membership, OrgId, OrgSlug,
    RequestHead, ReturnPath, Viewer,
};

pub struct Organizations(pub SqlitePool);

impl Directory for Organizations {
    fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
        Lookup::now(request.extensions.get().map_or(Viewer::NotEstablished, viewer))
    }
    fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
        let query = query_scalar::<_, i64>("select id from organizations where slug = ?");
        let (query, db) = (query.bind(slug.to_string()), self.0.clone());
        Lookup::later(async move { Ok(query.fetch_optional(&db).await?.map(|id| id.to_string().into())) })
    }
    fn membership(&self, org: &OrgId, account: &AccountId) -> Lookup<Membership> {
        let query = query_scalar("select exists (select 1 from members where org_id = ? and user_id = ?)");
        let (query, db) = (query.bind(org.to_string()).bind(account.to_string()), self.0.clone());
        Lookup::later(async move {
            Ok(if query.fetch_one(&db).await? { Membership::member() } else { Membership::NonMember })
        })
    }
    fn verified_emails(&self, account: &AccountId) -> Lookup<Vec<String>> {
        let query = query_scalar("select email from verified_emails where user_id = ?");
        let (query, db) = (query.bind(account.to_string()), self.0.clone());
        Lookup::later(async move { Ok(query.fetch_all(&db).await?) })
    }
    fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
        Lookup::now(ApplyOutcome::Done)
    }
    fn sign_in_url(&self, return_to: &ReturnPath) -> Option<ReturnPath> {
        let url = url_with_redirect_query("/login", "next", return_to.as_str().parse().ok()?).ok()?;
        ReturnPath::parse(&url.to_string())
    }
}

pub fn viewer(auth: &crate::users::AuthSession) -> Viewer {
    let Some(user) = &auth.user else { return Viewer::Anonymous };
    let Some(id) = auth.session.id() else { return Viewer::NotEstablished };
    Viewer::session(user.id().to_string().into(), CredentialId::of_secret(&id.to_string()))
}
// [/directory]
