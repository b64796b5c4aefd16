//! The test. `TOWER_SSO_HUB_KILLS` sets how often the hub is killed, and `TOWER_SSO_HUB_SEED` at which moments.

use std::{
    env,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tokio::time::timeout;

use super::{
    check::Ended,
    dice::Dice,
    ledger::{Figures, Known},
    members::{PEOPLE, config, email},
    person::{Answers, Person, confirmed},
};
use crate::{browser::Browser, hub::Hub, place::Place};

/// A hub is killed after this many answers at most.
const MOST_ANSWERS: u64 = 350;

/// The hub, and everyone who uses it.
struct Town {
    place: Place,
    hub: Hub,
    admin: Browser,
    people: Vec<Person>,
    dice: Dice,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_hub_loses_nothing_that_it_confirmed_and_brings_nothing_back() {
    let (kills, seed) = (setting("TOWER_SSO_HUB_KILLS", 5), setting("TOWER_SSO_HUB_SEED", 1));
    eprintln!("TOWER_SSO_HUB_SEED={seed}");
    let since = Instant::now();
    let mut town = Town::new(seed).await;
    for round in 0..kills {
        // In one round of five, the administrator ends every SSO session, and the hub is killed right after the answer.
        let acted = if round % 5 == 2 { town.end_everyone().await } else { town.act().await };
        assert!(acted, "round {round}: too few answers\n{}", town.place.log());
        town = town.restarted().await;
        let ended = if round + 1 == kills { Ended::All } else { Ended::Newest };
        join_all(town.people.iter_mut().map(|person| person.check(ended))).await;
    }
    // Every account link is what it was last.
    for done in join_all(town.people.iter_mut().map(Person::log_in_as_both)).await {
        assert!(done.is_ok(), "the hub is gone\n{}", town.place.log());
    }
    let mut figures = Figures::default();
    town.people.iter().for_each(|person| figures.add(&person.figures));
    eprintln!("{kills} kills in {:?}: {figures:?}", since.elapsed());
    assert!(figures.logins >= kills && figures.logins >= PEOPLE as u64, "{figures:?}");
}

fn setting(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |value| value.parse().unwrap())
}

impl Town {
    async fn new(seed: u64) -> Self {
        let place = Place::with(&config()).await;
        let hub = place.start().await;
        let (mut dice, mut admin) = (Dice::new(seed), Browser::new());
        admin.navigate(place.at("/")).await;
        admin.try_post("/sign-in", &[("as", "boss"), ("return_to", "/acme/sessions")]).await.unwrap();
        administrator_logs_in(&mut admin).await;
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            let dice = Dice::new(dice.below(u64::MAX));
            people.push(Person::new(format!("p{number}"), place.at(""), &admin, dice).await);
        }
        Self { place, hub, admin, people, dice }
    }

    /// Everyone acts until the hub has given a random number of answers. Then it is killed. Returns whether it gave them.
    async fn act(&mut self) -> bool {
        let answers = Arc::new(Answers::until(1 + self.dice.below(MOST_ANSWERS)));
        let acting = self.people.drain(..).map(|mut person| {
            person.answers = Arc::clone(&answers);
            tokio::spawn(async move {
                person.act().await;
                person
            })
        });
        let acting = Vec::from_iter(acting);
        // A person who finds a fault panics, and then there may never be enough answers.
        let enough = timeout(Duration::from_secs(60), answers.enough.notified()).await;
        self.hub.kill().await;
        self.people = join_all(acting).await.into_iter().map(|person| person.unwrap()).collect();
        enough.is_ok()
    }

    async fn end_everyone(&mut self) -> bool {
        self.admin.try_post("/acme/sessions/end", &[("all", "yes")]).await.unwrap();
        // The administrator's own SSO session is over, too.
        let is_confirmed = confirmed(&self.admin, "/acme/sessions/end", "/acme/sessions");
        self.hub.kill().await;
        for person in &mut self.people {
            if person.ledger.passes == Known::Yes {
                person.ledger.passes = Known::No;
                person.figures.revocations += 1;
            }
            person.ledger.all_tokens(Known::No);
        }
        is_confirmed
    }

    /// Starts the hub again. The administrator is still logged in with SSO, unless everyone's SSO session was ended.
    async fn restarted(mut self) -> Self {
        let was_ended = self.admin.page().url.path() == "/sso/acme/start";
        self.hub = self.place.start().await;
        self.admin.navigate(self.place.at("/acme/sessions")).await;
        if was_ended {
            administrator_logs_in(&mut self.admin).await;
        }
        assert_eq!(self.admin.page().title(), "Sessions of acme · Hub", "{}", self.admin.trail());
        self
    }
}

/// The administrator, whose page is the start page, logs in with SSO.
async fn administrator_logs_in(admin: &mut Browser) {
    assert_eq!(admin.page().url.path(), "/sso/acme/start", "{}", admin.trail());
    admin.submit_through("begin", &[]).await;
    let email = email("boss", 0);
    admin.press("/sign-in", "Sign in", &[("email", &email), ("password", "pw")]).await;
}
