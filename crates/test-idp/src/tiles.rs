//! Tiles: SSO logins that start at the provider (OpenID Connect Core §4, SAML profiles §4.1.5).

use url::Url;

use crate::{client::TestClient, idp::TestIdp, lies::lie::Lie, user::TestUser};

impl TestIdp {
    /// Returns the apps that have a tile, and the address of each tile.
    pub(crate) fn tiles(&self, issuer: &str, user: Option<&TestUser>) -> Vec<(&str, String)> {
        let hint = user.map(|user| user.email.as_str());
        let clients = self.settings().clients.iter();
        let clients =
            clients.filter_map(|client| Some((client.id.as_str(), self.tile_of(client, issuer, hint)?)));
        let providers = self.settings().service_providers.iter().filter(|it| it.starts_here);
        let base = issuer.trim_end_matches('/');
        clients.chain(providers.map(|it| (it.entity_id(), start_url(base, it.entity_id())))).collect()
    }

    pub(crate) fn tile_of(&self, client: &TestClient, issuer: &str, hint: Option<&str>) -> Option<String> {
        let mut url = Url::parse(client.initiate_login_uri.as_deref()?).ok()?;
        let mut params = vec![("iss".to_owned(), issuer.to_owned())];
        params.extend(hint.map(|hint| ("login_hint".to_owned(), hint.to_owned())));
        params.extend(client.tile_target.clone().map(|target| ("target_link_uri".to_owned(), target)));
        for lie in self.lies() {
            if let Lie::Tile { name, change } = lie {
                change.apply(&mut params, &name);
            }
        }
        url.query_pairs_mut().extend_pairs(params);
        Some(url.into())
    }
}

/// Returns the address that starts an SSO login at a service provider, for a provider at `base`.
pub(crate) fn start_url(base: &str, service_provider: &str) -> String {
    let id: String = url::form_urlencoded::byte_serialize(service_provider.as_bytes()).collect();
    format!("{base}/saml/start?sp={id}")
}
