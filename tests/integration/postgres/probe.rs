//! What the server demands, asked without a credential.

use rstest_reuse::apply;
use terraform_provider_rdsiam::postgres::{AuthRequest, ConnectionKind};

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
    let requested = |user: &str, kind| {
        stand_in
            .block_on(connector.probe(&scope(), user, kind))
            .expect("the server answers")
    };
    for kind in [ConnectionKind::Normal, ConnectionKind::Replication] {
        assert_eq!(requested("app", kind), AuthRequest::Token, "{kind:?}");
        assert_eq!(requested("cdc", kind), AuthRequest::Password, "{kind:?}");
        assert_eq!(requested("master", kind), AuthRequest::Password, "{kind:?}");
    }
    stand_in.set_parameter("0");
    eventually("the parameter", || {
        requested("app", ConnectionKind::Replication) == AuthRequest::Password
    });
    assert_eq!(requested("app", ConnectionKind::Normal), AuthRequest::Token);
}
