//! What the databases share: times as numbers, and the places of marks.

pub(crate) mod places;
pub(crate) mod purged;
pub(crate) mod records;
pub(crate) mod time;
