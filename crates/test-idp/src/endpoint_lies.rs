//! Changes the responses of endpoints according to the lies.

use std::{
    future::{Future as _, pending},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Extension,
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body::{Body as HttpBody, Frame};
use serde_json::{Map, Value, json};
use tokio::time::{Sleep, sleep};

use crate::{
    here::Here,
    lies::{answer::Answer, lie::Lie},
};

/// Runs after the endpoint, and changes the response if a lie concerns the endpoint.
pub(crate) async fn change_answer(
    Extension(here): Extension<Here>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    for lie in here.idp.lies() {
        if let Lie::Answer(endpoint, answer) = lie
            && endpoint.path() == path
        {
            response = changed(response, answer).await;
        }
    }
    response
}

async fn changed(mut response: Response, answer: Answer) -> Response {
    match answer {
        Answer::Status(status) => {
            *response.status_mut() =
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            response
        }
        Answer::Error(error) => {
            *response.status_mut() = StatusCode::BAD_REQUEST;
            with_body(response, json!({ "error": error }).to_string())
        }
        Answer::Redirect(to) => {
            *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
            with_header(response, header::LOCATION, &to)
        }
        Answer::ContentType(kind) => with_header(response, header::CONTENT_TYPE, &kind),
        Answer::Html => {
            let response = with_header(response, header::CONTENT_TYPE, "text/html; charset=utf-8");
            with_body(response, "<!DOCTYPE html><title>Sign in</title><p>Sign in</p>")
        }
        Answer::Json(value) => with_body(response, value.to_string()),
        Answer::BrokenJson => {
            let (response, body) = without_body(response).await;
            let half = body.slice(..body.len() / 2);
            with_body(response, half)
        }
        Answer::DoubledKey(name) => {
            let (response, body) = without_body(response).await;
            let doubled = doubled(&body, &name);
            with_body(response, doubled.map_or(body, Bytes::from))
        }
        Answer::Huge => {
            let (response, body) = without_body(response).await;
            with_body(response, Body::new(PaddedBody { body, left: PaddedBody::CHUNKS }))
        }
        Answer::SlowDrip(pause) => {
            let (response, body) = without_body(response).await;
            with_body(response, Body::new(SlowBody { body, pause, wait: Box::pin(sleep(pause)) }))
        }
        Answer::Never => pending().await,
    }
}

/// Returns the body's JSON object with a member repeated at its start.
fn doubled(body: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let object: Map<String, Value> = serde_json::from_str(text).ok()?;
    let rest = text.trim_start().strip_prefix('{')?;
    Some(format!("{{{}:{},{rest}", json!(name), object.get(name)?))
}

fn with_header(mut response: Response, name: header::HeaderName, value: &str) -> Response {
    match HeaderValue::from_str(value) {
        Ok(value) => {
            response.headers_mut().insert(name, value);
            response
        }
        Err(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "the lie's value is not a header value").into_response()
        }
    }
}

fn with_body(mut response: Response, body: impl Into<Body>) -> Response {
    response.headers_mut().remove(header::CONTENT_LENGTH);
    *response.body_mut() = body.into();
    response
}

async fn without_body(response: Response) -> (Response, Bytes) {
    let (parts, body) = response.into_parts();
    // Our endpoints answer with a few kilobytes, and reading such a body does not fail.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    (Response::from_parts(parts, Body::empty()), body)
}

type Polled = Poll<Option<Result<Frame<Bytes>, std::convert::Infallible>>>;

/// Returns a body followed by spaces.
struct PaddedBody {
    body: Bytes,
    left: usize,
}

impl PaddedBody {
    const SPACES: &[u8] = &[b' '; 50_000];
    const CHUNKS: usize = 1000;
}

impl HttpBody for PaddedBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Polled {
        let body = std::mem::take(&mut self.body);
        if !body.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(body))));
        }
        let left = self.left.checked_sub(1);
        self.left = left.unwrap_or_default();
        Poll::Ready(left.map(|_| Ok(Frame::data(Bytes::from_static(Self::SPACES)))))
    }
}

/// Returns a body that is sent byte by byte.
struct SlowBody {
    body: Bytes,
    pause: Duration,
    wait: Pin<Box<Sleep>>,
}

impl HttpBody for SlowBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        if self.body.is_empty() {
            return Poll::Ready(None);
        }
        if self.wait.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.wait = Box::pin(sleep(self.pause));
        Poll::Ready(Some(Ok(Frame::data(self.body.split_to(1)))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubled_member_appears_twice_with_one_value() {
        let doubled = doubled(br#"{"a":1,"b":["x"]}"#, "b").unwrap();
        assert_eq!(doubled, r#"{"b":["x"],"a":1,"b":["x"]}"#);
    }
}
