//! An app around the crate, with its own login: a cookie that names the account.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Form, Router,
    extract::{FromRef, Path, Query, RawQuery, Request, State, WebSocketUpgrade, ws::WebSocket},
    middleware::{Next, from_fn_with_state},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, Uri, header, request::Parts};
use serde::Deserialize;
use tower_sso::{Credential, Fresh, FreshSession, OrgId, Sso, SsoPass, audit::ClientAddress};

/// The network address of every request, as the app knows it.
pub const ADDRESS: [u8; 4] = [203, 0, 113, 77];

/// What the app's handlers share.
#[derive(Clone, Debug)]
pub struct AppState {
    pub sso: Sso,
    /// How often a handler behind the layer ran.
    pub handled: Arc<AtomicUsize>,
    pub login: AppLogin,
}

impl FromRef<AppState> for Sso {
    fn from_ref(app: &AppState) -> Self {
        app.sso.clone()
    }
}

/// How the app's own login behaves.
#[derive(Clone, Debug, Default)]
pub struct AppLogin {
    /// `SameSite` of the login cookie; `Lax` unless set.
    pub same_site: Arc<Mutex<Option<&'static str>>>,
    /// Where the credential's ID changes with every request, which a correct app must not do.
    pub changing: Arc<Mutex<CredentialChange>>,
    next: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CredentialChange {
    #[default]
    Nowhere,
    Everywhere,
    /// Everywhere except on the crate's own pages.
    InTheApp,
}

/// Returns the app's router: guarded routes, routes that check in the handler, the login, and the crate's pages.
pub fn router(app: AppState) -> Router {
    let login = app.login.clone();
    Router::new()
        .route("/{org}/{*rest}", get(page).post(page))
        .route("/live/{org}", get(live))
        .route("/fresh/{org}", get(fresh))
        .route("/by-hand/{id}", get(by_hand))
        .route("/list", get(list))
        .route("/login", get(login_page).post(sign_in_to_app))
        .route("/logout", get(log_out))
        .route("/leave", get(leave))
        .route("/forms", get(forms))
        .merge(app.sso.routes())
        .layer(app.sso.layer())
        .layer(from_fn_with_state(login, authenticate))
        .with_state(app)
}

/// The app's own authentication: `session=ada.7` is ada with credential `7`, and `session=ada.` is ada without one.
/// Tests without cookies set the headers.
async fn authenticate(State(login): State<AppLogin>, mut request: Request, next: Next) -> Response {
    let said = request.headers().get("x-client").and_then(|value| value.to_str().ok()?.parse().ok());
    request.extensions_mut().insert(ClientAddress(said.unwrap_or(ADDRESS.into())));
    let cookies = request.headers().get(header::COOKIE).and_then(|value| value.to_str().ok());
    let session = cookies.unwrap_or_default().split("; ").find_map(|pair| pair.strip_prefix("session="));
    let named = session.and_then(|session| session.split_once('.'));
    if let Some((account, credential)) = named.map(|(a, c)| (a.to_owned(), c.to_owned())) {
        let set = |headers: &mut HeaderMap, name, value: &str| headers.insert(name, value.parse().unwrap());
        set(request.headers_mut(), "x-account", &account);
        let name = if credential.is_empty() { "x-without-session-id" } else { "x-credential" };
        set(request.headers_mut(), name, &credential);
    }
    let ours = request.uri().path().starts_with("/sso/");
    let changes = match *login.changing.lock().unwrap() {
        CredentialChange::Nowhere => false,
        CredentialChange::Everywhere => true,
        CredentialChange::InTheApp => !ours,
    };
    if changes && let Some(credential) = request.headers().get("x-credential") {
        let changed = format!("{}-{}", credential.to_str().unwrap(), login.number());
        request.headers_mut().insert("x-credential", HeaderValue::from_str(&changed).unwrap());
    }
    next.run(request).await
}

impl AppLogin {
    pub fn number(&self) -> usize {
        self.next.fetch_add(1, Ordering::SeqCst)
    }
}

/// Answers with what the layer let through.
async fn page(State(app): State<AppState>, uri: Uri, pass: SsoPass) -> String {
    app.handled.fetch_add(1, Ordering::SeqCst);
    let pass = match pass {
        SsoPass::NotRequired(why) => format!("{why:?}"),
        SsoPass::Offered(offer) => format!("Offered {offer:?}"),
        SsoPass::Fresh(proof) => format!("Fresh {}", proof.session().account),
    };
    // With HTTP/2 this is the whole address.
    format!("{pass} at {}", uri.path_and_query().unwrap())
}

/// Requires an SSO session, whatever the connection says.
async fn fresh(Fresh(proof): Fresh) -> String {
    proof.session().account.to_string()
}

/// Greets the visitor and echoes what it hears, as long as the SSO session lasts.
async fn live(State(app): State<AppState>, Fresh(proof): Fresh, upgrade: WebSocketUpgrade) -> Response {
    app.handled.fetch_add(1, Ordering::SeqCst);
    upgrade.on_upgrade(|socket| talk(socket, proof))
}

async fn talk(mut socket: WebSocket, proof: FreshSession) {
    loop {
        tokio::select! {
            () = proof.ended() => break,
            heard = socket.recv() => match heard {
                Some(Ok(message)) => {
                    if socket.send(message).await.is_err() {
                        break;
                    }
                }
                Some(Err(_)) | None => break,
            },
        }
    }
    // The other side may have gone already.
    let _ = socket.send(axum::extract::ws::Message::Close(None)).await;
}

async fn by_hand(
    State(app): State<AppState>,
    Path(id): Path<String>,
    parts: Parts,
) -> Result<String, Response> {
    let pass = app.sso.require(&parts, &OrgId::new(id)).await.map_err(IntoResponse::into_response)?;
    app.handled.fetch_add(1, Ordering::SeqCst);
    Ok(format!("{pass:?}"))
}

async fn list(State(app): State<AppState>, parts: Parts) -> Result<Response, Response> {
    let pending = app.sso.pending(&parts, ["1".into()]).await.map_err(IntoResponse::into_response)?;
    app.handled.fetch_add(1, Ordering::SeqCst);
    let header: HeaderMap = pending.header().into_iter().collect();
    Ok((header, format!("{} open", pending.open.len())).into_response())
}

#[derive(Deserialize)]
struct NextQuery {
    next: String,
}

async fn login_page(headers: HeaderMap, Query(query): Query<NextQuery>) -> Response {
    if headers.contains_key("x-account") {
        return Redirect::to(&query.next).into_response();
    }
    let next = query.next.replace('&', "&amp;").replace('"', "&quot;");
    Html(format!(
        "<title>Sign in to the hub</title><form method=post action=/login><input name=account>\
         <input type=hidden name=next value=\"{next}\"><button>Sign in</button></form>"
    ))
    .into_response()
}

#[derive(Deserialize)]
struct SignInForm {
    account: String,
    next: String,
}

async fn sign_in_to_app(State(app): State<AppState>, Form(form): Form<SignInForm>) -> Response {
    let cookie = app.login.cookie(&form.account, &format!("login-{}", app.login.number()));
    ([(header::SET_COOKIE, cookie)], Redirect::to(&form.next)).into_response()
}

impl AppLogin {
    /// Returns the `Set-Cookie` value of a login.
    pub fn cookie(&self, account: &str, credential: &str) -> String {
        let same_site = self.same_site.lock().unwrap().unwrap_or("Lax");
        format!("session={account}.{credential}; Path=/; HttpOnly; SameSite={same_site}")
    }
}

/// A page with the logout of organization 1, whose forms may be sent only to this site.
async fn leave(State(app): State<AppState>) -> impl IntoResponse {
    let action = app.sso.logout_url(&OrgId::new("1"));
    let field = "<input type=hidden name=return_to value=/leave>";
    let page = format!(
        "<title>Leave</title><form method=post action=\"{action}\">{field}<button>Leave</button></form>"
    );
    ([(header::CONTENT_SECURITY_POLICY, "form-action 'self'")], Html(page))
}

/// A page of the app with one form for each of our pages that can lead to the provider. The query is the token of a
/// join link. The forms may be sent only to this site.
async fn forms(RawQuery(link): RawQuery) -> impl IntoResponse {
    let form = |page: &str, name: &str, value: &str| {
        let field = format!("<input type=hidden name={name} value=\"{value}\">");
        format!("<form id={page} method=post action=/sso/1/{page}>{field}<button>Go</button></form>")
    };
    let page = [
        "<title>Forms</title>".to_owned(),
        form("begin", "return_to", "/acme/x"),
        form("join", "link", &link.unwrap_or_default()),
        form("saml/logout", "return_to", "/forms"),
    ];
    ([(header::CONTENT_SECURITY_POLICY, "form-action 'self'")], Html(page.concat()))
}

async fn log_out(State(app): State<AppState>, parts: Parts) -> impl IntoResponse {
    let text = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap());
    let mut headers = HeaderMap::new();
    match text("x-credential") {
        Some(credential) => {
            app.sso.signed_out(&Credential::session(credential)).await.unwrap();
        }
        None => {
            let account = text("x-account").unwrap().into();
            headers.insert(header::SET_COOKIE, app.sso.signed_out_browser(&parts, &account).await.unwrap());
        }
    }
    (headers, "signed out")
}
