//! Settings of the provider's login, of its database or of the server that bend what a session does. None
//! of them keeps a user from being applied, planned and destroyed, and none opens a way into a lock-out.

use super::{Site, assert_told_the_truth, servers, workspace};
use crate::support::{
    from_16,
    user::{ADDRESS, resource},
};

/// A setting, the first major version that has it, and the statements that make it.
type Setting = (&'static str, u16, &'static [&'static str]);

/// Each of them is for the master user.
const SETTINGS: [Setting; 15] = [
    (
        "role",
        11,
        &[
            "CREATE ROLE owners CREATEROLE",
            "GRANT rds_superuser TO owners",
            "GRANT owners TO master",
            "ALTER ROLE master SET role = 'owners'",
        ],
    ),
    (
        "createrole_self_grant",
        16,
        &["ALTER ROLE master SET createrole_self_grant = 'set, inherit'"],
    ),
    (
        "transaction_timeout",
        17,
        &["ALTER ROLE master SET transaction_timeout = '500ms'"],
    ),
    (
        "lock_timeout",
        11,
        &["ALTER ROLE master SET lock_timeout = '1ms'"],
    ),
    (
        "statement_timeout",
        11,
        &["ALTER ROLE master SET statement_timeout = '200ms'"],
    ),
    (
        "idle_in_transaction_session_timeout",
        11,
        &["ALTER ROLE master SET idle_in_transaction_session_timeout = '100ms'"],
    ),
    (
        "client_connection_check_interval",
        14,
        &["ALTER ROLE master SET client_connection_check_interval = '500ms'"],
    ),
    (
        "standard_conforming_strings",
        11,
        &["ALTER ROLE master SET standard_conforming_strings = off"],
    ),
    (
        "search_path",
        11,
        &[
            "CREATE SCHEMA shadow",
            "GRANT USAGE ON SCHEMA shadow TO PUBLIC",
            "CREATE VIEW shadow.pg_roles AS SELECT * FROM pg_catalog.pg_roles WHERE false",
            "CREATE VIEW shadow.pg_auth_members AS SELECT * FROM pg_catalog.pg_auth_members WHERE false",
            "GRANT SELECT ON ALL TABLES IN SCHEMA shadow TO PUBLIC",
            "CREATE FUNCTION shadow.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT 'shadow' $$",
            "CREATE FUNCTION shadow.pg_get_userbyid(oid) RETURNS name LANGUAGE sql AS $$ SELECT 'shadow'::name $$",
            "CREATE FUNCTION shadow.pg_sleep(double precision) RETURNS void LANGUAGE sql AS $$ SELECT $$",
            "CREATE FUNCTION shadow.pg_sleep(integer) RETURNS void LANGUAGE sql AS $$ SELECT $$",
            "ALTER ROLE master SET search_path = shadow, pg_catalog",
        ],
    ),
    (
        "default_transaction_read_only",
        11,
        &["ALTER ROLE master SET default_transaction_read_only = on"],
    ),
    (
        "default_transaction_isolation",
        11,
        &["ALTER ROLE master SET default_transaction_isolation = 'serializable'"],
    ),
    (
        "default_transaction_deferrable",
        11,
        &[
            "ALTER ROLE master SET default_transaction_isolation = 'serializable'",
            "ALTER ROLE master SET default_transaction_deferrable = on",
        ],
    ),
    (
        "session_replication_role",
        11,
        &["ALTER ROLE master SET session_replication_role = 'replica'"],
    ),
    (
        "client_min_messages",
        11,
        &["ALTER ROLE master SET client_min_messages = 'error'"],
    ),
    (
        "quote_all_identifiers",
        11,
        &[
            "ALTER ROLE master SET quote_all_identifiers = on",
            "ALTER ROLE master SET bytea_output = 'escape'",
            "ALTER ROLE master SET DateStyle = 'German'",
        ],
    ),
];

/// The statements of all settings that a major version has and that go together: the worst of a timeout,
/// of what a session acts as and of what it finds.
pub fn harmful(major: u16) -> Vec<String> {
    let known = SETTINGS.into_iter().filter(|(_, since, _)| *since <= major);
    known
        .flat_map(|(_, _, statements)| statements.iter().map(|text| (*text).to_owned()))
        .collect()
}

/// Makes the settings, as statements of their own.
fn set(site: Site<'_>, statements: &[&str]) {
    for statement in statements {
        site.sql(statement);
    }
}

/// A name that says something else where backslashes escape.
const CREATED: &str = r#"b\ack'sl"ash\"#;

/// A user that exists, and one that is created: applied, planned, destroyed.
fn assert_works(site: Site<'_>, setting: &str) {
    let existing = resource("cdc", "").replace("\"this\"", "\"existing\"");
    let workspace = workspace(
        site,
        &site.provider(""),
        &(resource(CREATED, "create_role = true") + &existing),
    );
    let run = workspace.apply();
    assert_eq!(run.code(), 0, "{setting}: {}", run.text());
    for name in [CREATED, "cdc"] {
        assert_told_the_truth(site, &run, name);
    }
    let plan = workspace.plan();
    assert_eq!(plan.code(), 0, "{setting}: {}", plan.text());
    let run = workspace.destroy();
    assert_eq!(run.code(), 0, "{setting}: {}", run.text());
    assert!(!site.exists(CREATED), "{setting}");
    assert!(!site.memberships("cdc").contains(&"rds_iam".to_owned()));
    site.assert_way_in();
}

/// Each setting by itself, on one server after another.
fn works_with(half: usize) {
    let major = from_16();
    let mut failed = Vec::new();
    let settings = SETTINGS
        .into_iter()
        .filter(|(_, since, _)| *since <= major)
        .enumerate()
        .filter(|(index, _)| index % 2 == half);
    let stand_in = servers(major, 1);
    let site = Site::of(&stand_in);
    site.count_creators(false);
    for (_, (setting, _, statements)) in settings {
        set(site, statements);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            assert_works(site, setting);
        }));
        if outcome.is_err() {
            failed.push(setting);
            let ident = CREATED.replace('"', "\"\"");
            site.sql(&format!("DROP ROLE IF EXISTS \"{ident}\""));
        }
        site.sql("ALTER ROLE master RESET ALL");
    }
    assert_eq!(
        failed, [""; 0],
        "settings with which something does not work"
    );
}

#[test]
fn settings_of_the_login_from_16_one_by_one_keep_nothing_from_working() {
    works_with(0);
}

#[test]
fn settings_of_the_login_from_16_one_after_another_keep_nothing_from_working() {
    works_with(1);
}

#[test]
fn settings_of_the_login_from_16_all_together_open_no_way_into_a_lock_out() {
    let stand_in = servers(from_16(), 1);
    let site = Site::of(&stand_in);
    for statement in harmful(from_16()) {
        site.sql(&statement);
    }
    let workspace = workspace(
        site,
        &site.provider(""),
        &resource(CREATED, "create_role = true"),
    );
    let run = workspace.apply();
    site.assert_way_in();
    assert_eq!(run.code(), 1, "{}", run.text());
    assert_told_the_truth(site, &run, CREATED);
    assert!(!site.exists(CREATED));
    assert!(workspace.state(ADDRESS).is_none());
    site.assert_way_back();
}
