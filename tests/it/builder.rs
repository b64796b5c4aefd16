//! Tests that the builder refuses settings that do not fit together.

use std::{sync::Arc, time::Duration};

use tower_sso::{ConfigError, Sso, SsoBuilder, store::MemoryStore};

use crate::support::*;

/// Returns a builder without a store.
fn without_store(world: &World) -> SsoBuilder {
    Sso::builder(BASE, QuickDirectory, Arc::clone(&world.connections))
}

#[test]
fn the_stores_are_set_all_or_none() {
    type Set = fn(SsoBuilder) -> SsoBuilder;
    let world = World::new();
    let setters: [(&str, Set); 4] = [
        ("sessions", |builder| builder.sessions(MemoryStore::default())),
        ("one_time", |builder| builder.one_time(MemoryStore::default())),
        ("links", |builder| builder.links(MemoryStore::default())),
        ("join_links", |builder| builder.join_links(MemoryStore::default())),
    ];
    let all = setters.iter().fold(without_store(&world), |builder, (_, set)| set(builder));
    for accepted in [all, without_store(&world), without_store(&world).store(MemoryStore::default())] {
        accepted.build().unwrap();
    }
    for set in 1..0b1111_u8 {
        let chosen = |at: usize| set & (1 << at) != 0;
        let mut builder = without_store(&world);
        let mut missing = Vec::new();
        for (at, (name, setter)) in setters.iter().enumerate() {
            if chosen(at) {
                builder = setter(builder);
            } else {
                missing.push(*name);
            }
        }
        let error: ConfigError = builder.build().unwrap_err();
        assert_eq!(error.field(), "store", "{set:04b}");
        let named = format!("found none for {}:", missing.join(", "));
        assert!(error.to_string().contains(&named), "{error}");
    }
}

#[test]
fn the_time_limit_for_lookups_is_more_than_nothing_and_at_most_a_minute() {
    let world = World::new();
    let limited = |limit: Duration| without_store(&world).lookup_timeout(limit).build();
    for accepted in [Duration::from_nanos(1), Duration::from_secs(60)] {
        limited(accepted).unwrap();
    }
    for refused in [Duration::ZERO, Duration::from_nanos(60_000_000_001)] {
        assert_eq!(limited(refused).unwrap_err().field(), "lookup_timeout", "{refused:?}");
    }
}
