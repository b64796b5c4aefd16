//! Tiles: SSO logins that start here (OpenID Connect Core §4, SAML profiles §4.1.5).

use url::Url;

use crate::test_idp::{
    answer::bend, client::TestClient, idp::TestIdp, lie::Lie, saml::metadata::start_url, serve::RunningIdp,
    user::TestUser,
};

impl RunningIdp {
    /// Where a client's tile on the front page leads: its
    /// [`initiate_login_uri`](TestClient::initiate_login_uri) with `iss`, the user's email address as `login_hint`, and
    /// its [`tile_target`](TestClient::tile_target) as `target_link_uri`. None for a client without a tile.
    #[must_use]
    pub fn tile(&self, client: &str, email: Option<&str>) -> Option<String> {
        self.tile_of(self.client(client)?, self.issuer(), email)
    }
}

impl TestIdp {
    /// The apps that have a tile, and where it leads.
    pub(super) fn tiles(&self, issuer: &str, user: Option<&TestUser>) -> Vec<(&str, String)> {
        let hint = user.map(|user| user.email.as_str());
        let clients = self.settings().clients.iter();
        let clients =
            clients.filter_map(|client| Some((client.id.as_str(), self.tile_of(client, issuer, hint)?)));
        let providers = self.settings().service_providers.iter().filter(|it| it.starts_here);
        let base = issuer.trim_end_matches('/');
        clients.chain(providers.map(|it| (it.entity_id(), start_url(base, it.entity_id())))).collect()
    }

    fn tile_of(&self, client: &TestClient, issuer: &str, hint: Option<&str>) -> Option<String> {
        let mut url = Url::parse(client.initiate_login_uri.as_deref()?).ok()?;
        let mut params = vec![("iss".to_owned(), issuer.to_owned())];
        params.extend(hint.map(|hint| ("login_hint".to_owned(), hint.to_owned())));
        params.extend(client.tile_target.clone().map(|target| ("target_link_uri".to_owned(), target)));
        for lie in self.lies() {
            if let Lie::Tile { name, change } = lie {
                bend(&mut params, &name, change);
            }
        }
        url.query_pairs_mut().extend_pairs(params);
        Some(url.into())
    }
}
