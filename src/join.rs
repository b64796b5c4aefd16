//! Join links, by which a person for whom the identity provider vouches becomes a member. See the
//! [handbook](crate::handbook), *Join links*.

pub use crate::{
    directory::{
        join::JoinHandler,
        new_user::NewUser,
        outcome::{JoinOutcome, SignUp},
    },
    login::join::links::NewJoinLink,
};
pub use tower_sso_core::{JoinLinkId, store::JoinLink};
