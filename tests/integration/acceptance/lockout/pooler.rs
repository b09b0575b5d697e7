//! A pooler in transaction mode: what one client sets for a session another client has, and its own list
//! of users answers the probes.

use rstest_reuse::apply;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use super::{Site, assert_told_the_truth, servers, workspace};
use crate::support::{
    Pgbouncer, Pooler, from_16, on_both_sides_of_16,
    pooler::Asks,
    user::{ADDRESS, resource},
};

/// The sessions that all clients share.
const SESSIONS: usize = 3;
/// What others would notice.
const SHOWN: [&str; 7] = [
    "search_path",
    "statement_timeout",
    "lock_timeout",
    "jit",
    "idle_in_transaction_session_timeout",
    "standard_conforming_strings",
    "default_transaction_isolation",
];

/// What somebody has set for a session, whatever it is (a pooler sets the name of the application for each
/// client), and what is left of a role or of a lock.
const ALSO_SHOWN: &str = "SELECT coalesce(current_setting('createrole_self_grant', true), ''); SELECT current_user; \
    SELECT string_agg(name || '=' || setting, ',') FROM pg_settings \
    WHERE source = 'session' AND name <> 'application_name' AND name NOT LIKE 'transaction%'; \
    SELECT 'advisory locks: ' || count(*) FROM pg_locks WHERE locktype = 'advisory'";

/// A pooler, whichever it is.
struct Front<'a> {
    site: Site<'a>,
    port: u16,
    url: String,
}

impl Front<'_> {
    /// A provider block that leads through it.
    fn provider(&self) -> String {
        let host = self.site.cluster.host.clone();
        let more = "sslmode = \"disable\"";
        self.site.provider_by_host(&host, self.port, more)
    }

    /// What each of the shared sessions is set to, and the advisory locks that are held: as another client
    /// finds them.
    fn seen_by_others(&self) -> Vec<String> {
        self.site.stand_in.block_on(async {
            let mut clients = Vec::new();
            for _ in 0..SESSIONS {
                let (client, connection) = tokio_postgres::connect(&self.url, NoTls)
                    .await
                    .expect("the pooler takes clients");
                tokio::spawn(connection);
                // Has one of the sessions from here on.
                client.batch_execute("BEGIN").await.expect("a session");
                clients.push(client);
            }
            let mut seen = Vec::new();
            for client in &clients {
                seen.push(settings(client).await);
            }
            for client in &clients {
                client.batch_execute("COMMIT").await.expect("a session");
            }
            seen
        })
    }
}

/// A session as whoever has it finds it.
async fn settings(client: &Client) -> String {
    let shown = SHOWN.map(|name| format!("SHOW {name}")).join("; ");
    let rows = client
        .simple_query(&format!("{shown}; {ALSO_SHOWN}"))
        .await
        .expect("settings can be shown");
    let texts = rows.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("-").to_owned()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join(" | ")
}

/// An existing role goes through it, and leaves nothing behind.
fn assert_leaves_nothing(front: &Front<'_>) {
    let before = front.seen_by_others();
    let workspace = workspace(front.site, &front.provider(), &resource("cdc", ""));
    let check = |what: &str| assert_eq!(front.seen_by_others(), before, "{what}");
    let run = workspace.apply();
    check(&format!("apply: {}", run.text()));
    run.success();
    assert_eq!(
        front.site.memberships("cdc"),
        ["rds_iam", "rds_replication"]
    );
    workspace.plan().empty();
    check("plan");
    workspace.destroy().success();
    check("destroy");
    front.site.assert_way_in();
}

/// A role that it would have to create cannot be proven through it.
fn assert_creates_nothing(front: &Front<'_>) {
    let before = front.seen_by_others();
    let workspace = workspace(
        front.site,
        &front.provider(),
        &resource("fresh", "create_role = true"),
    );
    let run = workspace.apply();
    front.site.assert_way_back();
    assert_eq!(run.code(), 1, "{}", run.text());
    assert_told_the_truth(front.site, &run, "fresh");
    assert!(!front.site.exists("fresh"));
    assert!(workspace.state(ADDRESS).is_none());
    assert_eq!(front.seen_by_others(), before, "{}", run.text());
}

/// Whoever made an existing role is asked for a cleartext password by the pooler, as everybody is, and would
/// pass for a login that uses tokens anyway.
fn assert_creator_is_not_taken_for_one_who_uses_tokens(front: &Front<'_>) {
    let password = "the password of another administrator";
    front.site.sql(&format!(
        "CREATE ROLE dba LOGIN CREATEROLE PASSWORD '{password}'; \
         SET SESSION AUTHORIZATION dba; CREATE ROLE app LOGIN"
    ));
    let workspace = workspace(front.site, &front.provider(), &resource("app", ""));
    let run = workspace.apply();
    front.site.wait_for_the_end();
    let logged_in = front.site.logs_in("dba", password);
    assert_eq!(logged_in, Ok(()), "dba is locked out: {}", run.text());
    assert_eq!(run.code(), 1, "{}", run.text());
    assert_told_the_truth(front.site, &run, "app");
    front.site.assert_way_in();
}

fn through(major: u16, asks: Asks, check: impl Fn(&Front<'_>)) {
    let stand_in = servers(major, 1);
    let site = Site::of(&stand_in);
    let pooler = Pooler::start(&stand_in, site.cluster, SESSIONS, asks);
    assert_eq!(pooler.sessions, SESSIONS);
    check(&Front {
        site,
        port: pooler.port,
        url: pooler.url(site.cluster),
    });
}

fn through_pgbouncer(major: u16, check: impl Fn(&Front<'_>)) {
    let stand_in = servers(major, 1);
    let site = Site::of(&stand_in);
    let Some(pgbouncer) = Pgbouncer::start(&stand_in, site.cluster, SESSIONS) else {
        return;
    };
    assert_eq!(pgbouncer.sessions, SESSIONS);
    check(&Front {
        site,
        port: pgbouncer.port,
        url: pgbouncer.url(site.cluster),
    });
}

#[apply(on_both_sides_of_16)]
fn pooler_in_transaction_mode_gives_nobody_else_a_changed_session(major: u16) {
    through(major, Asks::Nothing, assert_leaves_nothing);
}

#[apply(on_both_sides_of_16)]
fn pooler_that_asks_for_passwords_gives_nobody_else_a_changed_session(major: u16) {
    through(major, Asks::Cleartext, assert_leaves_nothing);
}

#[test]
fn pooler_in_transaction_mode_from_16_proves_nothing_of_a_created_role() {
    through(from_16(), Asks::Nothing, assert_creates_nothing);
}

#[test]
fn pooler_that_asks_everybody_for_passwords_from_16_proves_nothing_of_a_created_role() {
    through(from_16(), Asks::Cleartext, assert_creates_nothing);
}

#[test]
fn pooler_that_asks_all_but_its_administrator_for_passwords_from_16_proves_nothing_of_a_created_role()
 {
    through(from_16(), Asks::CleartextOfOthers, assert_creates_nothing);
}

#[apply(on_both_sides_of_16)]
fn pgbouncer_in_transaction_mode_gives_nobody_else_a_changed_session(major: u16) {
    through_pgbouncer(major, assert_leaves_nothing);
}

#[test]
fn pooler_that_asks_everybody_for_passwords_from_16_locks_no_other_administrator_out() {
    through(
        from_16(),
        Asks::Cleartext,
        assert_creator_is_not_taken_for_one_who_uses_tokens,
    );
}

#[test]
fn pgbouncer_in_transaction_mode_from_16_proves_nothing_of_a_created_role() {
    through_pgbouncer(from_16(), assert_creates_nothing);
}
