//! The trait [`JoinHandler`]: how accounts join an organization by a join link. Without one, nobody can.

use tower_sso_core::Lookup;

use crate::directory::{
    new_user::NewUser,
    outcome::{CompletedLogin, JoinOutcome, SignUp},
};

/// The trait that an app with join links implements. It is passed to
/// [`SsoBuilder::join`](crate::SsoBuilder::join). Without it, everyone who comes by a join link is refused. See
/// the [handbook](crate::handbook), *Join links*.
pub trait JoinHandler: Send + Sync + 'static {
    /// Makes the account a member of the organization and applies the result of its SSO login. Called in place of
    /// [`Directory::apply`](crate::Directory::apply) if a non-member finishes an SSO login that began at a join link.
    /// Do it in one transaction of the app's database. If it returns an error, the SSO login is refused. If there is no
    /// [role](CompletedLogin::new_role), the app chooses one.
    fn join(&self, login: &CompletedLogin) -> Lookup<JoinOutcome>;

    /// Receives a visitor without an account who used a join link, and returns the page of the app where the visitor
    /// creates one. Called once. The page gets the visitor's identity again from
    /// [`Sso::new_user`](crate::Sso::new_user).
    ///
    /// If an account with the visitor's email address already exists, do not sign the visitor in to it: anyone who
    /// can make the organization's provider assert an address could take over that account.
    fn welcome(&self, new_user: &NewUser) -> Lookup<SignUp>;
}

/// The handler of an app without join links: it refuses everyone.
#[derive(Debug)]
pub(crate) struct NoJoining;

impl JoinHandler for NoJoining {
    fn join(&self, _: &CompletedLogin) -> Lookup<JoinOutcome> {
        Lookup::now(JoinOutcome::Refused)
    }

    fn welcome(&self, _: &NewUser) -> Lookup<SignUp> {
        Lookup::now(SignUp::Refused)
    }
}
