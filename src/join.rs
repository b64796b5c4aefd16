//! Join links: becoming a member by the identity provider's word. See [the handbook](crate::handbook::joining).

#[cfg(feature = "axum")]
pub use crate::login::join::NewJoinLink;
pub use crate::{
    directory::{JoinOutcome, SignUp},
    id::JoinLinkId,
    new_user::NewUser,
    session::join_links::JoinLink,
};
