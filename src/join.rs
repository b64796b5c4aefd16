//! Join links, by which a person for whom the identity provider vouches becomes a member. See [the
//! handbook](crate::handbook::joining).

pub use crate::{
    directory::{
        join::JoinHandler,
        login::{JoinOutcome, SignUp},
        new_user::NewUser,
    },
    id::JoinLinkId,
    login::join::links::NewJoinLink,
    session::join_links::JoinLink,
};
