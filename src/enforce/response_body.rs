//! The bodies of the layer's own responses, for services with any type of body.
//!
//! A layer must answer with the type of body that the service inside it has. [`ResponseBody`] is implemented for the
//! usual types. For every other type the app gives the layer a function, with
//! [`SsoLayer::with_body`](crate::SsoLayer::with_body).

use axum::body::Body;
use bytes::Bytes;
use http_body_util::{
    BodyExt as _, Full,
    combinators::{BoxBody, UnsyncBoxBody},
};

/// A response body that can be made from bytes. The layer needs it for its own responses, such as a challenge.
///
/// It is implemented for the body of axum and for the bodies of `http-body-util`: [`Full`], [`BoxBody`] and
/// [`UnsyncBoxBody`], with any type of error. Implement it for a body type of the app. For a body type of another
/// crate, such as `tonic::body::Body`, give the layer a function with
/// [`SsoLayer::with_body`](crate::SsoLayer::with_body). Without either, the app does not compile:
///
/// ```compile_fail,E0277
/// # use bytes::Bytes;
/// # use http::{Request, Response};
/// # use tower::{ServiceExt as _, service_fn};
/// use http_body_util::Limited; // not one of the bodies above
/// # async fn app(sso: tower_sso::Sso) {
/// # type Inner = Limited<http_body_util::Full<Bytes>>;
/// let service = service_fn(|_: Request<()>| async { Ok::<_, String>(Response::new(body())) });
/// # fn body() -> Inner { Limited::new(Bytes::new().into(), 9) }
/// # let answer =
/// tower::Layer::layer(&sso.layer(), service).oneshot(Request::new(())).await;
/// # }
/// ```
///
/// ```
/// # use bytes::Bytes;
/// # use http::{Request, Response};
/// # use tower::{ServiceExt as _, service_fn};
/// use http_body_util::Limited;
/// # async fn app(sso: tower_sso::Sso) {
/// # type Inner = Limited<http_body_util::Full<Bytes>>;
/// let service = service_fn(|_: Request<()>| async { Ok::<_, String>(Response::new(body())) });
/// # fn body() -> Inner { Limited::new(Bytes::new().into(), 9) }
/// let layer = sso.layer().with_body(|bytes| Limited::new(bytes.into(), usize::MAX));
/// # let answer: Result<Response<Inner>, String> =
/// tower::Layer::layer(&layer, service).oneshot(Request::new(())).await;
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "the SSO layer can't answer with the response body `{Self}` of the service inside it",
    label = "the layer does not know how to make a `{Self}` from bytes",
    note = "add `.with_body(|bytes| …)` to the layer: a function that makes a `{Self}` from `bytes::Bytes`",
    note = "or implement `tower_sso::middleware::ResponseBody` for it, if it is a type of your own"
)]
pub trait ResponseBody: Sized {
    /// Returns a body with this content.
    fn from_bytes(bytes: Bytes) -> Self;
}

impl ResponseBody for Body {
    fn from_bytes(bytes: Bytes) -> Self {
        bytes.into()
    }
}

impl ResponseBody for Bytes {
    fn from_bytes(bytes: Bytes) -> Self {
        bytes
    }
}

impl ResponseBody for Full<Bytes> {
    fn from_bytes(bytes: Bytes) -> Self {
        Full::new(bytes)
    }
}

impl<E: 'static> ResponseBody for BoxBody<Bytes, E> {
    fn from_bytes(bytes: Bytes) -> Self {
        Full::new(bytes).map_err(|never| match never {}).boxed()
    }
}

impl<E: 'static> ResponseBody for UnsyncBoxBody<Bytes, E> {
    fn from_bytes(bytes: Bytes) -> Self {
        Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
    }
}

/// How a layer makes the bodies of the responses that it gives itself: [`DefaultBody`], or the function that was given to `with_body`.
pub trait MakeBody<B> {
    /// Returns a body with this content.
    fn make_body(&self, bytes: Bytes) -> B;
}

/// Makes the bodies of a layer's own responses with [`ResponseBody`].
#[derive(Clone, Copy, Debug, Default)]
pub struct DefaultBody;

impl<B: ResponseBody> MakeBody<B> for DefaultBody {
    #[inline]
    fn make_body(&self, bytes: Bytes) -> B {
        B::from_bytes(bytes)
    }
}

impl<B> MakeBody<B> for fn(Bytes) -> B {
    #[inline]
    fn make_body(&self, bytes: Bytes) -> B {
        self(bytes)
    }
}
