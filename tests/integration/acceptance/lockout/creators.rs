//! Whoever gets inside a role as it is made: by the creator's own row, by `createrole_self_grant`, through
//! another member, or in another's name.

use rds_emulator::client::AuthRequest;
use rstest::rstest;

use super::{Site, assert_told_the_truth, counting_and_not, servers, workspace};
use crate::support::{
    from_16,
    user::{ADDRESS, resource},
};

const INSIDE: &str = "the password of who is inside";

/// Applies one user and holds the outcome against the catalog; whether it was granted.
#[track_caller]
fn applied(site: Site<'_>, provider: &str, name: &str, arguments: &str) -> (bool, String) {
    let workspace = workspace(site, provider, &resource(name, arguments));
    let run = workspace.apply();
    site.assert_way_in();
    site.wait_for_the_end();
    site.assert_way_in();
    assert_told_the_truth(site, &run, name);
    assert_eq!(workspace.state(ADDRESS).is_some(), run.code() == 0);
    (run.code() == 0, run.text())
}

#[rstest]
#[case::role("ALTER ROLE master SET createrole_self_grant = 'set, inherit'")]
#[case::database("ALTER DATABASE {DATABASE} SET createrole_self_grant = 'set, inherit'")]
#[case::server("ALTER SYSTEM SET createrole_self_grant = 'set, inherit'; SELECT pg_reload_conf()")]
fn second_created_role_from_16_with_createrole_self_grant_locks_nobody_out(#[case] setting: &str) {
    let stand_in = servers(from_16(), 1);
    let site = Site::of(&stand_in);
    site.count_creators(false);
    let provider = site.provider("");
    let (granted, said) = applied(site, &provider, "one", "create_role = true");
    assert!(granted, "{said}");
    let setting = setting.replace("{DATABASE}", &site.cluster.database);
    // ALTER SYSTEM runs in no transaction.
    for statement in setting.split("; ") {
        site.sql(statement);
    }
    let (granted, said) = applied(site, &provider, "two", "create_role = true");
    assert!(granted, "{said}");
    // The rows of the master user in what it made: those that CREATE ROLE wrote by itself, and no other.
    let plain = "SELECT count(*) FROM pg_auth_members WHERE member = 'master'::regrole AND grantor <> 10 \
                 AND roleid IN ('one'::regrole, 'two'::regrole)";
    assert_eq!(site.value(plain), "0");
}

#[test]
fn login_inside_an_allowed_master_user_from_16_is_not_locked_out_with_it() {
    counting_and_not(|site, counts| {
        site.sql(&format!(
            "CREATE ROLE alice LOGIN PASSWORD '{INSIDE}'; GRANT master TO alice"
        ));
        let allowed = "create_role = true\n  allow_iam_for = [\"master\"]";
        let (granted, said) = applied(site, &site.provider(""), "fresh", allowed);
        assert_eq!(site.logs_in("alice", INSIDE), Ok(()), "{said}");
        if counts {
            assert!(!granted, "{said}");
            assert!(said.contains("alice"), "{said}");
            assert!(!site.exists("fresh"));
        }
    });
}

#[test]
fn login_inside_the_role_that_the_provider_acts_as_from_16_is_not_locked_out() {
    counting_and_not(|site, _| {
        site.sql(&format!(
            "CREATE ROLE owners CREATEROLE; GRANT rds_superuser TO owners; \
             CREATE ROLE tfadmin LOGIN; GRANT rds_iam TO tfadmin; GRANT owners TO tfadmin; \
             ALTER ROLE tfadmin SET role = 'owners'; \
             CREATE ROLE bob LOGIN PASSWORD '{INSIDE}'; GRANT owners TO bob"
        ));
        let provider = site.provider("username = \"tfadmin\"\n    iam_auth = true");
        let (_, said) = applied(site, &provider, "fresh", "create_role = true");
        assert_eq!(site.requested("tfadmin"), AuthRequest::Cleartext);
        assert_eq!(site.logs_in("bob", INSIDE), Ok(()), "{said}");
    });
}

#[test]
fn existing_role_that_the_master_user_made_from_16_is_granted_only_where_its_row_does_not_count() {
    counting_and_not(|site, counts| {
        site.sql_as_master("CREATE ROLE app LOGIN");
        let (granted, said) = applied(site, &site.provider(""), "app", "");
        assert_eq!(granted, !counts, "{said}");
        assert!(site.exists("app"), "what existed is not dropped");
    });
}

#[test]
fn existing_role_that_another_administrator_made_from_16_does_not_lock_that_one_out() {
    counting_and_not(|site, counts| {
        site.sql(&format!(
            "CREATE ROLE dba LOGIN CREATEROLE PASSWORD '{INSIDE}'; GRANT rds_superuser TO dba; \
             SET SESSION AUTHORIZATION dba; CREATE ROLE app LOGIN"
        ));
        let (granted, said) = applied(site, &site.provider(""), "app", "");
        assert_eq!(site.logs_in("dba", INSIDE), Ok(()), "{said}");
        assert_eq!(granted, !counts, "{said}");
        if counts {
            assert!(said.contains("dba"), "{said}");
        }
    });
}

#[test]
fn creator_two_roles_deep_from_16_is_not_locked_out() {
    counting_and_not(|site, counts| {
        // master is inside team as its creator, and team is inside app.
        site.sql_as_master("CREATE ROLE team");
        site.sql("CREATE ROLE app LOGIN; GRANT app TO team");
        let (granted, said) = applied(site, &site.provider(""), "app", "");
        assert_eq!(granted, !counts, "{said}");
    });
}

#[test]
fn login_inside_by_another_administrators_grant_from_16_is_refused_before_anything_is_changed() {
    counting_and_not(|site, _| {
        site.sql(&format!(
            "CREATE ROLE app LOGIN; CREATE ROLE team; GRANT app TO team WITH INHERIT FALSE, SET FALSE; \
             CREATE ROLE carol LOGIN PASSWORD '{INSIDE}'; GRANT team TO carol WITH INHERIT FALSE"
        ));
        let (granted, said) = applied(site, &site.provider(""), "app", "");
        assert!(!granted && said.contains("carol"), "{said}");
        assert_eq!(site.logs_in("carol", INSIDE), Ok(()));
    });
}
