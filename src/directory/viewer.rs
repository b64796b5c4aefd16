//! Who sends a request, as the app's own authentication established it: nobody, or an account with a credential.

use tower_sso_core::{AccountId, Credential, CredentialId, CredentialKind};

/// Who sends a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Viewer {
    /// The app's authentication has not run yet. The request gets a 500; the viewer is never treated as anonymous.
    NotEstablished,
    /// Nobody is signed in.
    Anonymous,
    /// An account is signed in, with the credential that the request presented.
    SignedIn(SignedIn),
    /// An account is signed in with an app session that has no id: a signed cookie, or a JWT without a refresh family.
    /// See [`without_session_id`](Viewer::without_session_id).
    WithoutSessionId(AccountId),
}

impl Viewer {
    /// Returns the viewer who is signed in to an account with an app session.
    #[must_use]
    pub fn session(account: AccountId, id: CredentialId) -> Self {
        Self::SignedIn(SignedIn { account, credential: Credential::session(id) })
    }

    /// Returns the viewer who is signed in to an account with an app session that has no id, such as a signed cookie
    /// whose content is the account.
    ///
    /// Such an app session can't be told from another one of the same account. The SSO pages therefore give the
    /// browser a cookie with a random secret (`__Host-sso_binding`) when an SSO login begins, and the SSO session
    /// belongs to that cookie *and* this account. A request without the cookie has no SSO session. If another account
    /// signs in in the same browser, the cookie opens nothing for it.
    /// The cookie is of one host: guarded pages on another host than the SSO pages never get it.
    ///
    /// Prefer [`session`](Viewer::session) if the app has any id that stays the same from sign-in to sign-out: then
    /// no cookie is needed, and the app can name each session. An app that returns this viewer must call
    /// [`Sso::signed_out_browser`](crate::Sso::signed_out_browser) when the account signs out. See the
    /// [handbook](crate::handbook), *SSO sessions and logout*.
    ///
    /// ```
    /// use tower_sso::{AccountId, Lookup, RequestHead, Viewer};
    ///
    /// # struct App;
    /// # impl App { fn verified_cookie(&self, _: &http::HeaderMap) -> Option<AccountId> { None } }
    /// # impl App {
    /// fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
    ///     // The app has checked the signature and the expiry of its cookie, which names only the account.
    ///     Lookup::now(match self.verified_cookie(request.headers) {
    ///         Some(account) => Viewer::without_session_id(account),
    ///         None => Viewer::Anonymous,
    ///     })
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn without_session_id(account: AccountId) -> Self {
        Self::WithoutSessionId(account)
    }

    /// Returns the account that is signed in.
    ///
    /// ```
    /// use tower_sso::Viewer;
    ///
    /// assert_eq!(Viewer::session("ada".into(), "7".into()).account(), Some(&"ada".into()));
    /// assert_eq!(Viewer::Anonymous.account(), None);
    /// ```
    #[must_use]
    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::SignedIn(SignedIn { account, .. }) | Self::WithoutSessionId(account) => Some(account),
            Self::NotEstablished | Self::Anonymous => None,
        }
    }

    /// Returns the kind of credential of the viewer who is signed in.
    pub(crate) fn credential_kind(&self) -> Option<CredentialKind> {
        match self {
            Self::SignedIn(SignedIn { credential, .. }) => Some(credential.kind),
            Self::WithoutSessionId(_) => Some(CredentialKind::Session),
            Self::NotEstablished | Self::Anonymous => None,
        }
    }

    /// Returns the viewer who is signed in to an account with an API token.
    #[must_use]
    pub fn token(account: AccountId, id: CredentialId) -> Self {
        Self::SignedIn(SignedIn { account, credential: Credential::token(id) })
    }

    /// Returns the viewer who is signed in to an account with an API token that belongs to the organization.
    #[must_use]
    pub fn organization_token(account: AccountId, id: CredentialId) -> Self {
        Self::SignedIn(SignedIn { account, credential: Credential::organization_token(id) })
    }
}

/// The account that is signed in to the app, and the credential that the request presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The account.
    pub account: AccountId,
    /// The credential that the request presented.
    pub credential: Credential,
}
