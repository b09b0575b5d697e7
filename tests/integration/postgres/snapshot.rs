//! What an operation reads around its role, held against the whole catalog.

use rstest_reuse::apply;
use terraform_provider_rdsiam::postgres::{
    rds_roles::{RDS_AD, RDS_IAM, RDS_REPLICATION, RDS_SUPERUSER},
    replication_user::{self, Desired},
    snapshot::Snapshot,
};

use super::{connector, desired, scope};
use crate::support::{StandIn, on_both_sides_of_16};

/// Groups around `app`, in both directions, and many who have nothing to do with it but a group.
const ROLES: &str = "\
CREATE ROLE readers; CREATE ROLE all_readers; CREATE ROLE team; CREATE ROLE staff; CREATE ROLE token_users; \
CREATE ROLE app LOGIN; CREATE ROLE ann LOGIN; CREATE ROLE bob LOGIN NOINHERIT; CREATE ROLE admin LOGIN; \
GRANT readers TO app; GRANT all_readers TO readers; GRANT app TO team; GRANT team TO staff; \
GRANT staff TO ann; GRANT team TO bob WITH ADMIN OPTION; GRANT token_users TO bob; GRANT rds_iam TO token_users; \
GRANT rds_superuser TO admin; \
DO $$ BEGIN FOR number IN 1..50 LOOP EXECUTE format('CREATE ROLE other_%s LOGIN', number); \
EXECUTE format('GRANT readers, rds_iam, rds_replication, token_users TO other_%s', number); END LOOP; END $$";

/// Everything that is decided from a snapshot about a role.
fn answers(snapshot: &Snapshot, name: &str) -> Vec<String> {
    let session_user = snapshot.session_user.as_str();
    let mut answers = vec![
        format!("{:?}", snapshot.role(name)),
        format!("{:?}", snapshot.role(session_user)),
        format!("{:?}", snapshot.logins_affected_by_grant(name)),
        format!("{:?}", snapshot.expected_auth(name, Some(true))),
        format!("{:?}", snapshot.logins_in(RDS_SUPERUSER)),
    ];
    for group in [
        RDS_IAM,
        RDS_REPLICATION,
        RDS_AD,
        RDS_SUPERUSER,
        "all_readers",
    ] {
        answers.push(format!(
            "{group}: {:?} {:?} {:?} {:?} {:?}",
            snapshot.oid(group),
            snapshot.direct(name, group),
            snapshot.grantors(name, group),
            snapshot.membership_path(name, group),
            snapshot
                .membership_path(session_user, group)
                .filter(|membership| !membership.only_as_creator),
        ));
    }
    answers
}

#[apply(on_both_sides_of_16)]
fn snapshot_around_a_role_decides_as_the_whole_catalog_does(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql(ROLES);
    let connector = connector(&stand_in);
    stand_in.block_on(async {
        let wanted = Desired {
            allow_iam_for: ["ann".to_owned()].into(),
            ..desired("app")
        };
        let (outcome, around) = replication_user::apply(&connector, &scope(), &wanted)
            .await
            .expect("it is granted");
        assert_eq!(outcome.forced.len(), 1, "{outcome:?}");
        let whole = connector.snapshot(&scope()).await.expect("it can be read");
        assert_eq!(answers(&around, "app"), answers(&whole, "app"));
        assert!(around.role("other_1").is_none());
        assert!(whole.role("other_1").is_some());
    });
}
