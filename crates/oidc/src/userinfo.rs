//! The userinfo endpoint (OpenID Connect Core §5.3).
//!
//! 1. The access token is sent in the header, never in the query (RFC 6750 §2.3).
//! 2. The response is JSON, or a signed token. A token is verified with the provider's keys like an ID token, and its
//!    `iss`, `aud` and `exp` are checked if it has them (§5.3.2). With [`Userinfo::Signed`] only a token is accepted.
//! 3. `sub` must be the one of the ID token; a response without `sub` is refused (§5.3.4).

use http::{Request, StatusCode, header};
use serde_json::{Map, Value};
use tower_sso_core::Clock;
use tower_sso_http::Outbound;

use crate::{
    discovery::Metadata,
    error::{
        Error,
        ErrorKind::{
            DiscoveryInvalid, TokenAnswerInvalid, UserinfoFailed, UserinfoInvalid, UserinfoSubjectWrong,
        },
    },
    json,
    provider::OidcProvider,
    settings::Userinfo,
    token::is_json,
};

impl OidcProvider {
    /// Calls userinfo if the settings require it. A response about a subject other than the ID token's is refused.
    ///
    /// # Errors
    ///
    /// Returns `DiscoveryInvalid` if the settings require an endpoint that the provider does not have,
    /// `UserinfoSubjectWrong`, and the errors of the request and of its response.
    pub(crate) async fn userinfo(
        &self,
        out: &Outbound,
        metadata: &Metadata,
        access_token: &str,
        subject: Option<&Value>,
        clock: &Clock,
    ) -> Result<Option<Map<String, Value>>, Error> {
        let endpoint = match (self.0.settings.userinfo, &metadata.userinfo_endpoint) {
            (Userinfo::Never, _) | (Userinfo::Auto, None) => return Ok(None),
            (Userinfo::Auto | Userinfo::Always | Userinfo::Signed, Some(endpoint)) => endpoint,
            (Userinfo::Always | Userinfo::Signed, None) => {
                return Err(Error::with(DiscoveryInvalid, "no userinfo_endpoint"));
            }
        };
        let claims = self.fetch_userinfo(out, metadata, endpoint, access_token, clock).await?;
        match (claims.get("sub"), subject) {
            (Some(theirs), Some(ours)) if theirs == ours => Ok(Some(claims)),
            (Some(_) | None, _) => Err(UserinfoSubjectWrong.into()),
        }
    }

    /// Requests userinfo, and returns its claims.
    ///
    /// # Errors
    ///
    /// Returns `UserinfoFailed` if the status is not 200, `UserinfoInvalid` if the response is in neither form, and the
    /// errors of verification.
    async fn fetch_userinfo(
        &self,
        out: &Outbound,
        metadata: &Metadata,
        endpoint: &str,
        access_token: &str,
        clock: &Clock,
    ) -> Result<Map<String, Value>, Error> {
        let settings = &self.0.settings;
        let request = Request::get(endpoint)
            .header(header::ACCEPT, "application/json, application/jwt")
            .header(header::AUTHORIZATION, format!("Bearer {access_token}"))
            .body(Vec::new())
            .map_err(|_| Error::with(TokenAnswerInvalid, "the access_token can't be sent on"))?;
        let answer = out.send("userinfo", request, settings.reach).await?;
        if answer.status != StatusCode::OK {
            return Err(Error::with(UserinfoFailed, format!("answered {}", answer.status)));
        }
        if answer.media_type == "application/jwt" {
            let token = str::from_utf8(&answer.body)
                .map_err(|_| Error::with(UserinfoInvalid, "the token is not text"))?;
            let claims = self.verify(out, metadata, token.trim(), clock).await?;
            self.rules(clock).check_userinfo(&claims)?;
            Ok(claims.into_map())
        } else if is_json(&answer.media_type) && settings.userinfo != Userinfo::Signed {
            json::object(&answer.body).map_err(|error| Error::with(UserinfoInvalid, error))
        } else {
            Err(Error::with(UserinfoInvalid, "neither of the forms that are taken"))
        }
    }
}
