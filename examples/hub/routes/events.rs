//! The events of a repository, as an event stream. It ends when the session that it was opened with ends.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::Path,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::{Stream, stream};
use serde_json::json;
use tokio::time::{Interval, interval};
use tower_sso::{FreshSession, SsoPass, Viewer};

use crate::{app::Hub, visit::Visit};

/// The interval between events.
const BEAT: Duration = Duration::from_secs(2);

pub(super) async fn stream(
    mut visit: Visit,
    pass: SsoPass,
    Path((org, repo)): Path<(String, String)>,
) -> Result<Response, Response> {
    let here = visit.enter(&org, pass).await?;
    let Some(repository) = here.organization.find(&repo, visit.account()) else {
        return Err(visit.not_found());
    };
    let open = Open {
        name: format!("{}/{}", here.organization.slug, repository.name),
        proof: match here.pass {
            SsoPass::Fresh(proof) => Some(proof),
            SsoPass::NotRequired(_) | SsoPass::Offered(_) => None,
        },
        hub: visit.hub,
        viewer: visit.viewer,
        beat: interval(BEAT),
        count: 0,
    };
    Ok(Sse::new(events(open)).keep_alive(KeepAlive::default()).into_response())
}

/// An open stream.
struct Open {
    name: String,
    hub: Hub,
    viewer: Viewer,
    /// The SSO session that the stream was opened with, if it needed one.
    proof: Option<FreshSession>,
    beat: Interval,
    count: u64,
}

fn events(open: Open) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(Some(open), |open| async move {
        let mut open = open?;
        let over = tokio::select! {
            () = ended(open.proof.as_ref()) => Some("the SSO session is over"),
            _ = open.beat.tick() => {
                // The hub itself checks its app sessions.
                let is_active = open.hub.credentials.is_active(&open.viewer, open.hub.clock.now());
                (!is_active).then_some("signed out")
            }
        };
        open.count += 1;
        let data = match over {
            Some(why) => json!({ "repository": open.name, "reason": why }),
            None => json!({ "repository": open.name, "beat": open.count }),
        };
        let kind = if over.is_some() { "ended" } else { "beat" };
        let event = Event::default().event(kind).data(data.to_string());
        Some((Ok(event), over.is_none().then_some(open)))
    })
}

/// Resolves when the SSO session ends. Never resolves if no SSO session was needed.
async fn ended(proof: Option<&FreshSession>) {
    match proof {
        Some(proof) => proof.ended().await,
        None => std::future::pending().await,
    }
}
