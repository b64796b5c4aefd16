//! What the host tells us: who is asking, what a slug means, who is a member.

mod login;
mod logout;

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, Lookup, OrgId, OrgSlug, RequestHead, id::CredentialId, join::NewUser, login::ReturnPath,
};

pub use self::{
    login::{ApplyOutcome, CompletedLogin, JoinOutcome, SignUp},
    logout::{Logout, LogoutBy, LogoutOutcome},
};

/// The host app, as this crate asks it. All that an app must write.
///
/// An answer is a [`Lookup`]: known now, or later. **An error is never a "no"**: a lookup that fails, or is late,
/// answers the request with 503 and the handler is not called. Nothing is cached here: what an answer costs, it costs
/// on each request that needs it, so answer from memory where you can.
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
///     fn emails(&self, account: &AccountId) -> Lookup<Vec<String>> {
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
    note = "five short functions: `viewer`, `organization`, `membership`, `emails`, `apply`; see `examples/minimal.rs`"
)]
pub trait Directory: Send + Sync + 'static {
    /// Who is asking, by what credential. The same answer that the host's handlers get, whatever else the request
    /// carries: a cookie and a token in one request give one viewer.
    ///
    /// Answer [`Viewer::NotEstablished`] when the host's own authentication has not run: that is a loud error, since
    /// its layer would then run inside this one.
    fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer>;

    /// The organization that a slug in a URL means, if any.
    ///
    /// Answer the id that the app stores, never the text of the path: connections are found by this id. `01`, `+1` and a
    /// UUID in upper case pass a router as well as `1` does, so an app that echoes them would have organizations without a
    /// connection, whose requests pass. Whether case, old names and encodings matter is up to the app. Its handlers must
    /// read the same organization: from the [`OrgId`] extension, or with
    /// [`hide_unknown_organizations`](crate::SsoBuilder::hide_unknown_organizations) where they parse the path themselves.
    /// `testing::check_organization_ids` (feature `testing`) checks this in the app's own tests.
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

    /// The account's standing in the organization.
    fn membership(&self, organization: &OrgId, account: &AccountId) -> Lookup<Membership>;

    /// The account's *verified* email addresses.
    fn emails(&self, account: &AccountId) -> Lookup<Vec<String>>;

    /// Takes what an SSO login brought: called once for each that was not revoked under way, before the SSO session is
    /// stored. In the host's own transaction; an error refuses the SSO login.
    ///
    /// With mappings ([`roles`](crate::handbook::roles)) it sets the [role](CompletedLogin::new_role) and the [groups](CompletedLogin::groups).
    /// Whoever is the organization's last administrator keeps that role: find that out in the same transaction, and
    /// answer [`ApplyOutcome::KeptLastAdmin`]; the SSO login goes on.
    fn apply(&self, login: &CompletedLogin) -> Lookup<ApplyOutcome>;

    /// The name of the role that the account was invited to the organization with, if it was: what it gets as long as
    /// the provider's attributes give none. Asked at each SSO login through a connection that maps roles. None by default.
    fn invitation(&self, organization: &OrgId, account: &AccountId) -> Lookup<Option<String>> {
        let _ = (organization, account);
        Lookup::now(None)
    }

    /// Whether what this request asks for is public content of the organization. Asked only for an organization that
    /// leaves its public content open, of a member who would otherwise be challenged. No by default.
    fn public_content(&self, request: RequestHead<'_>, organization: &OrgId) -> Lookup<bool> {
        let _ = (request, organization);
        Lookup::now(false)
    }

    /// The slug under which an organization is known now; it names the organization in a challenge of
    /// [`Sso::require`](crate::Sso::require). Its id by default.
    fn slug(&self, organization: &OrgId) -> Lookup<OrgSlug> {
        Lookup::now(OrgSlug::new(organization.as_str()))
    }

    /// The account's API tokens, for the page on which it lets them into an organization: see
    /// [`tokens`](crate::handbook::tokens). Only these can be authorized there. None by default.
    fn tokens(&self, account: &AccountId) -> Lookup<Vec<ApiToken>> {
        let _ = account;
        Lookup::now(Vec::new())
    }

    /// Takes a logout that did not come from the host itself: a provider ended its user's session, or a visitor
    /// pressed a sign-out of ours. Called once for each that ended anything, when the SSO sessions have ended and before
    /// the provider is told that they have. Whether the login sessions here go, too, is the host's to say: see
    /// [`sessions`](crate::handbook::sessions).
    ///
    /// An error brings no session back: it is recorded, and the provider is told that not everything ended. By default
    /// nothing more ends.
    fn logged_out(&self, logout: &Logout) -> Lookup<LogoutOutcome> {
        let _ = logout;
        Lookup::now(LogoutOutcome::Kept)
    }

    /// Makes the account a member of the organization, with what its SSO login brought: called in place of
    /// [`apply`](Self::apply) where somebody who is none finished an SSO login that a join link began. In the host's own
    /// transaction; an error refuses the SSO login. Without a [role](CompletedLogin::new_role) the host gives its own.
    ///
    /// Nobody by default: an app that offers join links says how ([`joining`](crate::handbook::joining)).
    fn join(&self, login: &CompletedLogin) -> Lookup<JoinOutcome> {
        let _ = login;
        Lookup::now(JoinOutcome::Refused)
    }

    /// Takes somebody without an account who came by a join link: answers with the page of the host's on which they get
    /// one. Called once; the page asks again for who they are, by [`Sso::new_user`](crate::Sso::new_user).
    ///
    /// An account that has their email address already is not signed in by that: whoever can make the organization's
    /// provider say an address would be in it. Nobody is taken by default.
    fn welcome(&self, new_user: &NewUser) -> Lookup<SignUp> {
        let _ = new_user;
        Lookup::now(SignUp::Refused)
    }

    /// The host's own sign-in page, as a path of this site that comes back to `return_to`. Where a visitor goes who
    /// is not signed in to the host when an SSO login starts or ends. Without one they get a page that says so.
    fn sign_in(&self, return_to: &ReturnPath) -> Option<String> {
        let _ = return_to;
        None
    }
}

/// Who is asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// The host's authentication has not run yet: answered with a loud 500, never taken for anonymous.
    NotEstablished,
    /// Nobody is signed in.
    Anonymous,
    /// An account, by the credential it presented.
    SignedIn {
        /// The account.
        account: AccountId,
        /// What the request presented.
        credential: Credential,
    },
}

impl Viewer {
    /// An account with a login session of the host's.
    pub fn session(account: impl Into<AccountId>, id: impl Into<CredentialId>) -> Self {
        Self::SignedIn { account: account.into(), credential: Credential::session(id) }
    }

    /// An account with an API token.
    pub fn token(account: impl Into<AccountId>, id: impl Into<CredentialId>) -> Self {
        Self::SignedIn { account: account.into(), credential: Credential::token(id) }
    }

    /// An account with an API token that is the organization's own.
    pub fn organization_token(account: impl Into<AccountId>, id: impl Into<CredentialId>) -> Self {
        Self::SignedIn {
            account: account.into(),
            credential: Credential { id: id.into(), kind: CredentialKind::OrganizationToken },
        }
    }
}

/// What a request presented to be an account: a session and a token with one id are two credentials.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Credential {
    /// Its id, which lives as long as the credential.
    #[serde(rename = "id")]
    pub id: CredentialId,
    /// What it is.
    #[serde(rename = "kind")]
    pub kind: CredentialKind,
}

impl Credential {
    /// A login session of the host's.
    pub fn session(id: impl Into<CredentialId>) -> Self {
        Self { id: id.into(), kind: CredentialKind::Session }
    }

    /// An API token.
    pub fn token(id: impl Into<CredentialId>) -> Self {
        Self { id: id.into(), kind: CredentialKind::Token }
    }

    /// An API token of the organization's own.
    pub fn organization_token(id: impl Into<CredentialId>) -> Self {
        Self { id: id.into(), kind: CredentialKind::OrganizationToken }
    }

    /// What a key is made of, in [`Digest::of`](crate::store::Digest).
    pub(crate) fn parts(&self) -> [&str; 2] {
        [self.kind.as_str(), self.id.as_str()]
    }
}

/// An API token of an account, as its owner knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// The id of the credential that a request with the token presents. Never the token itself.
    pub id: CredentialId,
    /// What its owner calls it.
    pub name: String,
}

/// The kind of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CredentialKind {
    /// A login session of the host's, in a browser.
    #[serde(rename = "session")]
    Session,
    /// An API token of the account's.
    #[serde(rename = "token")]
    Token,
    /// An API token that the organization of the request owns, whoever made it: not bound. Say so only where the token
    /// opens that organization alone.
    #[serde(rename = "organization_token")]
    OrganizationToken,
}

impl CredentialKind {
    /// The stable name: `session`, `token` or `organization_token`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Token => "token",
            Self::OrganizationToken => "organization_token",
        }
    }
}

/// An account's standing in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Membership {
    /// A member: bound by the organization's SSO.
    Member(Member),
    /// Works with the organization without being a member: not bound.
    ExternalCollaborator,
    /// An account for machines that the organization runs, such as a deploy bot: not bound.
    ServiceAccount,
    /// None.
    NonMember,
}

impl Membership {
    /// A member with no rule of their own.
    #[must_use]
    pub fn member() -> Self {
        Self::Member(Member::default())
    }
}

/// What the host knows of a member that bears on enforcement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Member {
    /// A rule for this member alone.
    pub binding: EnforcementOverride,
    /// Takes part in the pilot of a connection that enforces for marked members only.
    pub pilot: bool,
}

/// A rule for one member, above the connection's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EnforcementOverride {
    /// The connection's rule.
    #[default]
    Default,
    /// Never bound.
    Exempt,
    /// Bound wherever the organization has a connection that is not off.
    Required,
}
