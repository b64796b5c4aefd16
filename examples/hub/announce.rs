//! The text that the hub prints when it has started.

use std::fmt::Write as _;

use crate::start::Started;

/// Returns the address and whom to sign in as. Includes passwords only if the sign-in page shows them anyway.
pub(crate) fn text(started: &Started) -> String {
    let mut text = String::new();
    // Writing to a string can't fail.
    let _ = write(&mut text, started);
    text
}

fn write(out: &mut String, started: &Started) -> std::fmt::Result {
    let (hub, shows) = (&started.hub, started.config.shows_accounts());
    writeln!(out, "\n  {} is at  {}\n", hub.title, hub.origin)?;
    if shows {
        writeln!(out, "  Sign in to it as")?;
        for user in hub.model.users() {
            let email = user.emails.first();
            let membership: Vec<_> = hub
                .model
                .organizations_of(&user.id)
                .map(|it| format!("{} of {}", it.standing_name(&user.id), it.name))
                .collect();
            let password = user.password.as_ref().map(|it| it.expose().as_str()).unwrap_or_default();
            writeln!(out, "    {email:<25}{:<15}{}", password, membership.join(", "))?;
        }
        writeln!(out)?;
    }
    for (index, (issuer, _)) in started.providers.iter().enumerate() {
        let Some(table) = started.config.test_idps().get(index) else { continue };
        let title = table.title.as_deref().unwrap_or(&table.name);
        writeln!(out, "  {title}, a provider inside, is at  {}", issuer.address)?;
        for user in table.user.iter().filter(|_| shows) {
            writeln!(out, "    {:<25}{}", user.email, user.password.as_deref().unwrap_or("(not shown)"))?;
        }
    }
    if !started.providers.is_empty() {
        writeln!(out)?;
    }
    for token in &started.tokens {
        writeln!(out, "  An API token of {}:", token.owner)?;
        writeln!(
            out,
            "    curl -i -H 'Authorization: Bearer {}' {}{}\n",
            token.secret, hub.origin, token.opens
        )?;
    }
    for (organization, address) in &started.join_links {
        writeln!(
            out,
            "  Anyone for whom its provider vouches joins {organization} at\n    {}\n",
            address.expose()
        )?;
    }
    if let Some(at) = started.metrics {
        writeln!(out, "  What is counted and timed, for Prometheus, is at  http://{at}/metrics\n")?;
    }
    match &started.file {
        Some(file) => writeln!(out, "  Everything is kept in {}.", file.display())?,
        None => writeln!(out, "  Nothing is kept (--store memory).")?,
    }
    writeln!(out, "  Ctrl-C stops the hub.\n")
}
