//! Join links, by which a person for whom the identity provider vouches becomes a member. See the
//! [handbook](crate::handbook), *Join links*.
//!
//! - An administrator creates a link with [`Sso::create_join_link`](crate::Sso::create_join_link) and passes it on. The
//!   link only lets a person ask: the provider and the connection's rules decide.
//! - The app implements [`JoinHandler`] and passes it to [`SsoBuilder::join`](crate::SsoBuilder::join). Without a
//!   handler, everyone who comes by a link is refused.
//! - A person without an account goes to the app's sign-up page, which reads who the person is with
//!   [`Sso::new_user`](crate::Sso::new_user). Never sign a person in to an account because it has the same email
//!   address.
//!
//! ```
//! use tower_sso::{CompletedLogin, Lookup, ReturnPath, join::{JoinHandler, JoinOutcome, NewUser, SignUp}};
//!
//! struct App;
//!
//! impl JoinHandler for App {
//!     fn join(&self, login: &CompletedLogin) -> Lookup<JoinOutcome> {
//!         println!("store that {} is a member of {}", login.account, login.organization);
//!         Lookup::now(JoinOutcome::Done)
//!     }
//!     fn welcome(&self, new_user: &NewUser) -> Lookup<SignUp> {
//!         let page = format!("/register?ticket={}", new_user.ticket().expose());
//!         Lookup::now(ReturnPath::parse(&page).map_or(SignUp::Refused, SignUp::At))
//!     }
//! }
//! ```

pub use crate::{
    directory::{
        join::JoinHandler,
        new_user::NewUser,
        outcome::{JoinOutcome, SignUp},
    },
    login::join::links::NewJoinLink,
};
pub use tower_sso_core::{JoinLinkId, store::JoinLink};
