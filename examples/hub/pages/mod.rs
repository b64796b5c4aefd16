//! The pages. They are plain HTML without scripts, and load nothing from other sites.

mod activity;
mod delete;
mod home;
mod join_links;
mod layout;
mod organization;
mod parts;
mod profile;
mod register;
mod repository;
mod sessions;
mod settings;
mod sign_in;

pub(crate) use self::{
    activity::activity,
    delete::delete,
    home::{Card, State, home},
    join_links::join_links,
    layout::{Page, message, unavailable},
    organization::organization,
    profile::{Came, Tried, profile},
    register::register,
    repository::repository,
    sessions::sessions,
    settings::settings,
    sign_in::sign_in,
};
