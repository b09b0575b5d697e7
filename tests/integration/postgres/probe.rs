//! What the server demands, asked without a credential.

use rstest_reuse::apply;
use terraform_provider_rdsiam::postgres::{Demanded, Kind};

use super::{connector, scope};
use crate::support::{StandIn, eventually, on_both_sides_of_16};

#[apply(on_both_sides_of_16)]
fn probe_tells_tokens_from_passwords(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql(
        "CREATE ROLE app LOGIN PASSWORD 'p'; GRANT rds_iam TO app; GRANT rds_replication TO app",
    );
    stand_in.switch_on();
    let connector = connector(&stand_in);
    let demanded = |user: &str, kind| {
        stand_in
            .block_on(connector.probe(&scope(), user, kind))
            .expect("the server answers")
    };
    for kind in [Kind::Normal, Kind::Replication] {
        assert_eq!(demanded("app", kind), Demanded::Token, "{kind:?}");
        assert_eq!(demanded("cdc", kind), Demanded::Password, "{kind:?}");
        assert_eq!(demanded("master", kind), Demanded::Password, "{kind:?}");
    }
    stand_in.set_parameter("0");
    eventually("the parameter", || {
        demanded("app", Kind::Replication) == Demanded::Password
    });
    assert_eq!(demanded("app", Kind::Normal), Demanded::Token);
}
