//! What the server demands, asked without a credential.

use terraform_provider_rdsiam::postgres::{Demanded, Kind};

use super::{MAJORS, connector, scope};
use crate::support::{StandIn, eventually};

#[test]
fn probe_on_every_major_version_tells_tokens_from_passwords() {
    for major in MAJORS {
        let stand_in = StandIn::start(major);
        stand_in.sql(
            "CREATE ROLE app LOGIN PASSWORD 'p'; GRANT rds_iam TO app; GRANT rds_replication TO app",
        );
        stand_in.set_parameter("1");
        eventually("the parameter", || {
            stand_in
                .sql_value("SHOW rds.iam_auth_for_replication")
                .as_deref()
                == Some("on")
        });
        let connector = connector(&stand_in);
        let demanded = |user: &str, kind| {
            stand_in
                .block_on(connector.probe(&scope(), user, kind))
                .expect("the server answers")
        };
        for kind in [Kind::Normal, Kind::Replication] {
            assert_eq!(demanded("app", kind), Demanded::Token, "{major} {kind:?}");
            assert_eq!(
                demanded("cdc", kind),
                Demanded::Password,
                "{major} {kind:?}"
            );
            assert_eq!(
                demanded("master", kind),
                Demanded::Password,
                "{major} {kind:?}"
            );
        }
        stand_in.set_parameter("0");
        eventually("the parameter", || {
            demanded("app", Kind::Replication) == Demanded::Password
        });
        assert_eq!(demanded("app", Kind::Normal), Demanded::Token, "{major}");
    }
}
