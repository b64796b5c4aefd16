//! What the app knows: accounts, organizations, repositories, tokens. A real app has it in its database.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::HeaderValue;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tower_sso::{
    AccountId, ApplyOutcome, CompletedLogin, Credential, Directory, Lookup, LookupError, Membership, OrgId,
    OrgSlug, RequestHead, ReturnPath, SignedIn, Viewer,
    token::{ApiToken, TokenDirectory},
};
use url::form_urlencoded::byte_serialize;

/// The accounts: id, verified email address, password. A real app keeps a slow hash of each password.
pub(crate) const ACCOUNTS: [(&str, &str, &str); 2] =
    [("ada", "ada@acme.example", "correct horse"), ("eve", "eve@labs.example", "battery staple")];
/// The organizations: id, slug, members.
const ORGANIZATIONS: [(&str, &str, &[&str]); 2] = [("1", "acme", &["ada"]), ("2", "labs", &["ada", "eve"])];
/// The repositories: id, organization, name, and whether everybody may read it.
pub(crate) const REPOSITORIES: [(u32, &str, &str, bool); 3] =
    [(7, "1", "engine", false), (8, "1", "website", true), (9, "2", "telescope", false)];
/// How long an access token and a refresh token are valid, in seconds.
const ACCESS_TOKEN: u64 = 5 * 60;
const REFRESH_TOKEN: u64 = 30 * 24 * 60 * 60;

#[derive(Clone)]
pub(crate) struct Host(Arc<Kept>);

struct Kept {
    is_https: bool,
    signing: EncodingKey,
    verifying: DecodingKey,
    /// The families that are signed in, each with the `jti` of its newest refresh token.
    families: Mutex<HashMap<String, String>>,
    /// The API tokens with their owners, each by the digest of the token.
    api_tokens: HashMap<[u8; 32], (AccountId, ApiToken)>,
}

// [claims]
/// The claims of an access token. A refresh token and the cookie for the SSO pages have the same, with another `aud`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Claims {
    aud: String,
    exp: u64,
    jti: String, // the token: each one has another
    sid: String, // the family: all tokens of one sign-in have the same
    sub: String, // the account
}
// [/claims]

#[derive(Serialize)]
pub(crate) struct Tokens {
    access_token: String,
    refresh_token: String,
}

/// What becomes of a refresh token.
pub(crate) enum Refreshed {
    New(Tokens),
    /// It was used before. The family has ended; this is its id.
    Reused(String),
    NotValid,
}

impl Claims {
    pub(crate) fn new(aud: &str, account: &AccountId, sid: &str, seconds: u64) -> Result<Self, LookupError> {
        let (exp, jti) = (jsonwebtoken::get_current_timestamp() + seconds, random()?);
        Ok(Self { aud: aud.into(), exp, jti, sid: sid.into(), sub: account.as_str().into() })
    }
}

impl Host {
    /// Returns the app with one API token, which belongs to ada.
    pub(crate) fn new(is_https: bool, api_token: &str) -> Result<Self, getrandom::Error> {
        let key = random()?;
        let laptop = ("ada".into(), ApiToken::new("t-1".into(), "laptop"));
        Ok(Self(Arc::new(Kept {
            is_https,
            signing: EncodingKey::from_secret(key.as_bytes()),
            verifying: DecodingKey::from_secret(key.as_bytes()),
            families: Mutex::default(),
            api_tokens: HashMap::from([(digest(api_token), laptop)]),
        })))
    }

    pub(crate) fn sign(&self, claims: &Claims) -> Result<String, LookupError> {
        Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.0.signing)?)
    }

    /// Returns the claims of a valid JWT that is meant for `aud`.
    fn claims(&self, jwt: &str, aud: &str) -> Option<Claims> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[aud]);
        validation.set_required_spec_claims(&["exp", "aud"]);
        Some(jsonwebtoken::decode(jwt, &self.0.verifying, &validation).ok()?.claims)
    }

    /// Signs an account in: a new family.
    pub(crate) fn sign_in(&self, account: &AccountId) -> Result<Tokens, LookupError> {
        let sid = random()?;
        let (tokens, jti) = self.issue(account, &sid)?;
        self.families().insert(sid, jti);
        Ok(tokens)
    }

    /// Issues new tokens of the same family. Each refresh token works once.
    pub(crate) fn refresh(&self, refresh_token: &str) -> Result<Refreshed, LookupError> {
        let Some(Claims { jti, sid, sub, .. }) = self.claims(refresh_token, "refresh") else {
            return Ok(Refreshed::NotValid);
        };
        let (tokens, next) = self.issue(&sub.into(), &sid)?;
        let mut families = self.families();
        match families.get_mut(&sid) {
            Some(newest) if *newest == jti => *newest = next,
            // RFC 9700 §4.14.2: somebody has a copy of this token, so the family ends.
            Some(_) => {
                families.remove(&sid);
                return Ok(Refreshed::Reused(sid));
            }
            None => return Ok(Refreshed::NotValid),
        }
        Ok(Refreshed::New(tokens))
    }

    /// Returns tokens of a family, and the `jti` of the refresh token.
    fn issue(&self, account: &AccountId, sid: &str) -> Result<(Tokens, String), LookupError> {
        let access = Claims::new("api", account, sid, ACCESS_TOKEN)?;
        let refresh = Claims::new("refresh", account, sid, REFRESH_TOKEN)?;
        let tokens = Tokens { access_token: self.sign(&access)?, refresh_token: self.sign(&refresh)? };
        Ok((tokens, refresh.jti))
    }

    /// Signs a family out: none of its tokens is accepted any more.
    pub(crate) fn sign_out(&self, sid: &str) {
        self.families().remove(sid);
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.is_https
    }

    fn families(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.0.families.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // [viewer]
    /// Returns who presents this `Authorization`, or `None` if it has no valid token.
    pub(crate) fn by_authorization(&self, value: &HeaderValue) -> Option<SignedIn> {
        let token = value.to_str().ok()?.strip_prefix("Bearer ")?;
        let Some((owner, api_token)) = self.0.api_tokens.get(&digest(token)) else {
            return self.by_jwt(token, "api");
        };
        Some(SignedIn { account: owner.clone(), credential: Credential::token(api_token.id.clone()) })
    }

    /// Returns who presents this JWT. It must be meant for `aud`, and its family must be signed in.
    pub(crate) fn by_jwt(&self, jwt: &str, aud: &str) -> Option<SignedIn> {
        let claims = self.claims(jwt, aud)?;
        let is_signed_in = self.families().contains_key(&claims.sid);
        // The credential is the family, which survives a refresh and ends at sign-out. It is never the `jti`.
        let credential = Credential::session(claims.sid);
        is_signed_in.then(|| SignedIn { account: claims.sub.into(), credential })
    }
    // [/viewer]

    pub(crate) fn members(&self, organization: &OrgId) -> &'static [&'static str] {
        let found = ORGANIZATIONS.iter().find(|(id, ..)| *id == organization.as_str());
        found.map_or(&[], |(_, _, members)| *members)
    }

    pub(crate) fn organizations_of(&self, account: &AccountId) -> Vec<OrgId> {
        let own = ORGANIZATIONS.iter().filter(|(_, _, members)| members.contains(&account.as_str()));
        own.map(|(id, ..)| OrgId::new(id)).collect()
    }
}

impl Directory for Host {
    fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
        Lookup::now(request.extensions.get::<Viewer>().cloned().unwrap_or(Viewer::NotEstablished))
    }
    fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
        let found = ORGANIZATIONS.iter().find(|(_, known, _)| *known == slug.as_str());
        Lookup::now(found.map(|(id, ..)| OrgId::new(id)))
    }
    /// Names the organization in what `Sso::require` and `Sso::pending` answer.
    fn slug(&self, organization: &OrgId) -> Lookup<OrgSlug> {
        let found = ORGANIZATIONS.iter().find(|(id, ..)| *id == organization.as_str());
        Lookup::now(OrgSlug::new(found.map_or(organization.as_str(), |(_, slug, _)| slug)))
    }
    fn membership(&self, organization: &OrgId, account: &AccountId) -> Lookup<Membership> {
        let member = self.members(organization).contains(&account.as_str());
        Lookup::now(if member { Membership::member() } else { Membership::NonMember })
    }
    fn verified_emails(&self, account: &AccountId) -> Lookup<Vec<String>> {
        let own = ACCOUNTS.iter().filter(|(id, ..)| *id == account.as_str());
        Lookup::now(own.map(|(_, email, _)| (*email).to_owned()).collect())
    }
    fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
        Lookup::now(ApplyOutcome::Done)
    }
    // [sign-in]
    /// Where an SSO page leads that was opened without the cookie: to the single-page app, which sets it.
    fn sign_in_url(&self, return_to: &ReturnPath) -> Option<ReturnPath> {
        let encoded: String = byte_serialize(return_to.as_str().as_bytes()).collect();
        ReturnPath::parse(&format!("/?continue={encoded}"))
    }
    // [/sign-in]
}

impl TokenDirectory for Host {
    fn tokens(&self, account: &AccountId) -> Lookup<Vec<ApiToken>> {
        let own = self.0.api_tokens.values().filter(|(owner, _)| owner == account);
        Lookup::now(own.map(|(_, token)| token.clone()).collect())
    }
}

/// Hashes a secret of 256 random bits. It needs no slow hash, because it can't be guessed.
fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

pub(crate) fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
