//! The trait [`Directory`]: what every app implements.
//!
//! It answers who sends a request, which organization a slug names, and who is a member, and it applies the result of
//! an SSO login.

use tower_sso_core::{AccountId, Lookup, OrgId, OrgSlug, ReturnPath};

use crate::{
    directory::{
        membership::Membership,
        outcome::{ApplyOutcome, CompletedLogin},
        viewer::Viewer,
    },
    request_head::RequestHead,
};

/// The trait that an app implements so that this crate can ask about its users and organizations. No other trait is
/// required.
///
/// Each method returns a [`Lookup`]: the answer now, or a future of it. **An error never counts as "no"**: if a
/// lookup fails or takes too long, the request gets 503 and the handler is not called. This crate caches no answers.
/// It asks on each request that needs one. Answer from memory where you can.
///
/// ```
/// use tower_sso::{AccountId, ApplyOutcome, Directory, Lookup, OrgId, OrgSlug, RequestHead, CompletedLogin, Membership, Viewer};
///
/// struct App;
///
/// impl Directory for App {
///     fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
///         Lookup::now(request.extensions.get::<Viewer>().cloned().unwrap_or(Viewer::NotEstablished))
///     }
///     fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
///         Lookup::now((slug.as_str() == "acme").then(|| OrgId::new("1")))
///     }
///     fn membership(&self, _: &OrgId, account: &AccountId) -> Lookup<Membership> {
///         Lookup::now(if account.as_str() == "ada" { Membership::member() } else { Membership::NonMember })
///     }
///     fn verified_emails(&self, account: &AccountId) -> Lookup<Vec<String>> {
///         Lookup::now(vec![format!("{account}@acme.example")])
///     }
///     fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
///         Lookup::now(ApplyOutcome::Done)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell tower-sso who is asking and who is a member",
    label = "implement `tower_sso::Directory` for this type",
    note = "five short functions: `viewer`, `organization`, `membership`, `verified_emails`, `apply`; see `examples/minimal.rs`"
)]
pub trait Directory: Send + Sync + 'static {
    /// Returns who sends the request, and with which credential. Return the same viewer that the app's handlers see,
    /// whatever else the request carries: a request with a cookie and a token has one viewer.
    ///
    /// Return [`Viewer::NotEstablished`] if the app's own authentication has not run. The request then gets a 500
    /// that names the mistake: the app's authentication layer is inside this layer and must be outside it.
    fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer>;

    /// Returns the organization that a slug in a URL names, or `None` if there is no such organization.
    ///
    /// Return the id that the app stores, never the text of the path, because connections are found by this id. A
    /// router accepts `01`, `+1` and a UUID in upper case as well as `1`. An app that returned such text unchanged
    /// would have organizations without a connection, and their requests would pass. The app decides whether case,
    /// old names and encodings matter. Its handlers must read the same organization: they either use the [`OrgId`]
    /// extension, or parse the path themselves and turn on
    /// [`hide_unknown_organizations`](crate::SsoBuilder::hide_unknown_organizations).
    /// `testing::DirectoryCheck` (feature `testing`) checks this in the app's own tests.
    ///
    /// ```
    /// # use tower_sso::{Lookup, OrgId, OrgSlug};
    /// # struct App { organizations: std::collections::HashMap<String, u64> }
    /// # impl App {
    /// fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
    ///     let stored = self.organizations.get(slug.as_str());
    ///     Lookup::now(stored.map(|id| OrgId::new(&id.to_string())))
    /// }
    /// # }
    /// ```
    fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>>;

    /// Returns the account's membership in the organization.
    fn membership(&self, organization: &OrgId, account: &AccountId) -> Lookup<Membership>;

    /// Returns the account's *verified* email addresses. An SSO login is accepted if the provider's
    /// verified address is one of them.
    fn verified_emails(&self, account: &AccountId) -> Lookup<Vec<String>>;

    /// Applies the result of an SSO login. Called once for each SSO login that was not revoked in the meantime,
    /// before the SSO session is stored. Do it in one transaction of the app's database. If it returns an error, the
    /// SSO login is refused.
    ///
    /// If the connection maps roles or groups (see the [handbook](crate::handbook), *Roles*), set the
    /// [role](CompletedLogin::new_role) and the [groups](CompletedLogin::groups). The organization's last
    /// administrator must keep that role: check this in the same transaction and return
    /// [`ApplyOutcome::KeptLastAdmin`]. The SSO login then continues.
    fn apply(&self, login: &CompletedLogin) -> Lookup<ApplyOutcome>;

    /// Returns the name of the role that the account was invited to the organization with, or `None` if it was not
    /// invited. The account gets this role as long as the provider's attributes give no role. Called at each SSO
    /// login through a connection that maps roles. The default is `None`.
    fn invitation(&self, organization: &OrgId, account: &AccountId) -> Lookup<Option<String>> {
        let _ = (organization, account);
        Lookup::now(None)
    }

    /// Returns whether the request asks for public content of the organization. Called only if the connection leaves
    /// public content open, and only for a member who would otherwise be challenged. The default is `false`.
    fn public_content(&self, request: RequestHead<'_>, organization: &OrgId) -> Lookup<bool> {
        let _ = (request, organization);
        Lookup::now(false)
    }

    /// Returns the organization's current slug. It names the organization in a challenge of
    /// [`Sso::require`](crate::Sso::require). The default is the organization's id.
    fn slug(&self, organization: &OrgId) -> Lookup<OrgSlug> {
        Lookup::now(OrgSlug::new(organization.as_str()))
    }

    /// Returns the app's own sign-in page, a path of this site that leads back to `return_to` after sign-in. Visitors
    /// who are not signed in to the app when an SSO login starts or ends are sent there. If this returns `None`, they
    /// get a page that says that they are not signed in.
    fn sign_in_url(&self, return_to: &ReturnPath) -> Option<ReturnPath> {
        let _ = return_to;
        None
    }
}
