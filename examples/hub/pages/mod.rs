//! The pages: plain HTML, no script, nothing from elsewhere.

mod activity;
mod home;
mod layout;
mod organization;
mod parts;
mod profile;
mod repository;
mod sessions;
mod settings;
mod sign_in;

pub(crate) use self::{
    activity::activity,
    home::{Card, State, home},
    layout::{Page, message},
    organization::organization,
    profile::{Came, Tried, profile},
    repository::repository,
    sessions::sessions,
    settings::settings,
    sign_in::sign_in,
};
