//! Proxies, endpoints and certificates.

use rds_emulator::Options;

use super::{HOST, endpoints, file, workspace, write};
use crate::support::{Proxy, StandIn, TlsFront, Workspace};

#[test]
fn proxy_sees_calls_to_aws_and_no_proxy_keeps_them_from_it() {
    let stand_in = StandIn::without_server();
    let proxy = Proxy::to(stand_in.api_port());
    let through = |more: &str| {
        format!(
            "{}http_proxy = {:?}\nmax_retries = 1\n{more}",
            endpoints(&format!("http://{HOST}")),
            proxy.url("user:hush-hush@")
        )
    };
    let mut workspace = workspace(&stand_in, &through(""));
    workspace.apply().success();
    let seen = proxy.requests();
    assert!(!seen.is_empty());
    assert!(
        seen.iter()
            .all(|request| *request == format!("POST http://{HOST}/")),
        "{seen:?}"
    );
    // `user:hush-hush`
    assert_eq!(proxy.authorizations()[0], "Basic dXNlcjpodXNoLWh1c2g=");
    // One that is not there is no reason to print its password.
    let dead = through("").replace(
        &proxy.url("user:hush-hush@"),
        "http://user:hush-hush@127.0.0.1:1",
    );
    let dead = dead.replace("max_retries = 1", "max_retries = 2");
    write(&workspace, &dead);
    let run = workspace.run(&["plan"]).failure();
    run.says(&format!("AWS could not be reached: http://{HOST}"))
        .says("tried 2 times within")
        .says("the proxy")
        .does_not_say("hush-hush");
    // Nobody else leads to that host.
    write(&workspace, &through(&format!("no_proxy = {HOST:?}")));
    let run = workspace.run(&["plan"]).failure();
    run.says("AWS could not be reached")
        .does_not_say("hush-hush");
    write(&workspace, &through(""));
    workspace.set_environment("no_proxy", ".stand-in.invalid");
    workspace.run(&["plan"]).failure();
    workspace.unset_environment("no_proxy");
    // From the environment, and never for loopback.
    write(&workspace, &endpoints(&format!("http://{HOST}")));
    workspace.set_environment("http_proxy", &proxy.url(""));
    workspace.plan().empty();
    let seen = proxy.requests().len();
    write(&workspace, "");
    workspace.plan().empty();
    assert_eq!(proxy.requests().len(), seen);
}

/// The hosts that a provider block asks for when nothing but a proxy and a Region lead to AWS.
fn hosts_of_aws(stand_in: &StandIn, hosts: &[&str], more: &str) -> Vec<String> {
    let front = TlsFront::start(stand_in, hosts);
    let proxy = Proxy::to(front.port);
    let mut workspace = Workspace::new(stand_in);
    workspace.unset_environment("AWS_ENDPOINT_URL");
    let bundle = file(&workspace, "ca.pem", &front.certificate);
    let provider = format!(
        "https_proxy = {:?}\ncustom_ca_bundle = {bundle:?}\nmax_retries = 2\n{more}",
        proxy.url("")
    );
    write(&workspace, &provider);
    workspace.apply().success();
    workspace.destroy().success();
    let mut seen = proxy.requests();
    seen.sort();
    seen.dedup();
    seen
}

#[test]
fn endpoints_of_aws_are_plain_or_fips_or_dual_stack() {
    let stand_in = StandIn::with_options(Options {
        clusters: Vec::new(),
        clusters_without_server: vec!["orders".to_owned()],
        region: "us-east-1".to_owned(),
        ..Options::default()
    });
    for (more, rds, sts) in [
        (
            "",
            "rds.us-east-1.amazonaws.com",
            "sts.us-east-1.amazonaws.com",
        ),
        (
            "use_fips_endpoint = true",
            "rds-fips.us-east-1.amazonaws.com",
            "sts-fips.us-east-1.amazonaws.com",
        ),
        (
            "use_dualstack_endpoint = true",
            "rds.us-east-1.api.aws",
            "sts.us-east-1.api.aws",
        ),
    ] {
        assert_eq!(
            hosts_of_aws(&stand_in, &[rds, sts], more),
            [rds, sts].map(|host| format!("CONNECT {host}:443"))
        );
    }
    // An endpoint of its own is what a service has then.
    let own = format!(
        "use_fips_endpoint = true\nuse_dualstack_endpoint = true\nendpoints {{\nrds = {:?}\n}}",
        stand_in.connection().api_endpoint
    );
    assert_eq!(
        hosts_of_aws(&stand_in, &["sts-fips.us-east-1.api.aws"], &own),
        ["CONNECT sts-fips.us-east-1.api.aws:443"]
    );
    // So it is when the environment has it, and asks for FIPS as well.
    let mut workspace = workspace(&stand_in, "");
    workspace.set_environment("AWS_USE_FIPS_ENDPOINT", "true");
    workspace.set_environment("AWS_USE_DUALSTACK_ENDPOINT", "true");
    workspace.apply().success();
}

#[test]
fn certificates_of_custom_ca_bundle_are_trusted_and_others_are_not() {
    let stand_in = StandIn::without_server();
    let front = TlsFront::start(&stand_in, &["localhost"]);
    let provider = format!(
        "{}max_retries = 1\n",
        endpoints(&format!("https://localhost:{}", front.port))
    );
    let mut workspace = workspace(&stand_in, &provider);
    workspace.apply().failure().says("certificate");
    let good = file(&workspace, "ca.pem", &front.certificate);
    let other = TlsFront::start(&stand_in, &["localhost"]).certificate;
    let other = file(&workspace, "other.pem", &other);
    workspace.set_environment("AWS_CA_BUNDLE", &other);
    workspace.apply().failure().says("certificate");
    write(
        &workspace,
        &format!("{provider}custom_ca_bundle = {good:?}"),
    );
    workspace.apply().success();
    write(&workspace, &provider);
    workspace.set_environment("AWS_CA_BUNDLE", &good);
    workspace.plan().empty();
    write(
        &workspace,
        &format!("{provider}custom_ca_bundle = \"/nowhere/ca.pem\""),
    );
    workspace
        .run(&["plan"])
        .failure()
        .says("custom_ca_bundle is /nowhere/ca.pem");
}
