//! Loads from an address that may not answer, such as that of a server that is being killed. The page that was open stays
//! open then, and [`Browser::hops`] returns the answers that did arrive.

use axum::http::Method;
use url::form_urlencoded;

use super::{
    Browser, Page,
    load::{Kind, Load},
};

impl Browser {
    /// Does the same as [`Browser::navigate`].
    pub async fn try_navigate(&mut self, url: &str) -> Result<&Page, String> {
        let load = self.typed(url);
        self.try_open(load).await
    }

    /// Does the same as [`Browser::press`].
    pub async fn try_press(
        &mut self,
        form: &str,
        button: &str,
        values: &[(&str, &str)],
    ) -> Result<&Page, String> {
        let load = self.pressed(form, button, values);
        self.try_open(load).await
    }

    /// Does the same as [`Browser::submit_through`].
    pub async fn try_submit_through(&mut self, form: &str) -> Result<&Page, String> {
        self.try_press(form, "", &[]).await?;
        if self.blocked.is_none() && self.page().refresh().is_some() {
            let load = self.refreshed();
            self.try_open(load).await?;
        }
        Ok(self.page())
    }

    /// Sends a form with these fields, as if the page that is open contained it.
    pub async fn try_post(&mut self, url: &str, fields: &[(&str, &str)]) -> Result<&Page, String> {
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let body = Some(("application/x-www-form-urlencoded".to_owned(), encoded.into_bytes()));
        let load = Load { body, ..self.load(Kind::Document, Method::POST, self.resolve(url)) };
        self.try_open(load).await
    }
}
