//! Somebody else who answers in the server's place: RDS Proxy under any name, another name for it, whatever
//! knows users of its own. The granted login is then not asked for a token, and nothing is proven.

use rds_emulator::relay::{Effect, Fault, Phase, Relay};

use super::{
    Site, assert_told_the_truth, counting_and_not, servers, side_by_side, workspace,
    workspace_behind,
};
use crate::support::{
    Workspace, from_16,
    user::{ADDRESS, resource},
};

/// An endpoint of a proxy that somebody has added.
const ADDITIONAL: &str = "p.endpoint.proxy-abcdefghijkl.eu-central-1.rds.amazonaws.com";

/// The run's session is passed on; everybody else is asked for SCRAM.
fn proxy(site: Site<'_>) -> Relay {
    let relay = site.relay();
    relay.add(Fault::at(Phase::StartUp, Effect::Scram).with_room_for(1));
    relay
}

fn assert_refused(site: Site<'_>, workspace: &Workspace) {
    let run = workspace.apply();
    site.assert_way_in();
    assert_eq!(run.code(), 1, "{}", run.text());
    assert_told_the_truth(site, &run, "fresh");
    assert!(!site.exists("fresh"));
    assert!(workspace.state(ADDRESS).is_none());
    site.assert_way_back();
}

#[test]
fn proxy_endpoint_by_any_name_from_16_proves_nothing() {
    let names = [
        "orders.proxy-abcdefghijkl.eu-central-1.rds.amazonaws.com",
        ADDITIONAL,
        "db.example.com",
    ];
    let stand_in = servers(from_16(), names.len());
    side_by_side(&stand_in, names, |site, name| {
        let relay = proxy(site);
        let more = "sslmode = \"require\"\n    max_connections = 1";
        let provider = site.provider_by_host(name, relay.port(), more);
        let fresh = resource("fresh", "create_role = true");
        assert_refused(site, &workspace(site, &provider, &fresh));
    });
}

#[test]
fn server_behind_a_proxy_with_the_right_certificate_from_16_is_not_believed() {
    counting_and_not(|site, _| {
        let relay = proxy(site);
        let fresh = resource("fresh", "create_role = true");
        assert_refused(site, &workspace_behind(site, &relay, "", &fresh));
    });
}

#[test]
fn proxy_in_front_of_many_users_from_16_puts_the_master_user_at_risk_once() {
    let stand_in = servers(from_16(), 1);
    let site = Site::of(&stand_in);
    let relay = proxy(site);
    let many = "resource \"rdsiam_replication_user\" \"this\" {\n  count = 3\n  name = \"fresh_${count.index}\"\n  \
                create_role = true\n}\n";
    let run = workspace_behind(site, &relay, "", many).apply();
    site.assert_way_in();
    assert_eq!(run.code(), 1, "{}", run.text());
    let said = |text: &str| run.text().matches(text).count();
    assert_eq!(said("The grant was taken back"), 1, "{}", run.text());
    let again = "nobody is put at risk a second time. Nothing was changed.";
    assert_eq!(said(again), 2, "{}", run.text());
    for number in 0..3 {
        assert!(!site.exists(&format!("fresh_{number}")));
    }
    site.assert_way_back();
}

#[test]
fn proxy_in_front_from_16_leaves_grants_to_an_existing_role_of_the_master_user_undone() {
    counting_and_not(|site, _| {
        site.sql_as_master("CREATE ROLE app LOGIN");
        let relay = proxy(site);
        let more = "sslmode = \"require\"\n    max_connections = 1";
        let provider = site.provider_by_host(ADDITIONAL, relay.port(), more);
        let workspace = workspace(site, &provider, &resource("app", ""));
        let run = workspace.apply();
        site.assert_way_in();
        assert_eq!(run.code(), 1, "{}", run.text());
        assert_told_the_truth(site, &run, "app");
    });
}
