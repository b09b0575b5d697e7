//! Which error has which row, and what is said besides.

mod examples;

use std::collections::BTreeSet;

use self::examples::{ARN, HOST, examples, pam, publisher, token, unreachable, wrong_password};
use super::case::Case;
use crate::{
    aws::{
        auth_token::SignedFor,
        rds::{
            publisher::{Follows, MasterUserSecret, Member, Publisher},
            wait::MemberStatus,
        },
    },
    connection::{Circumstances, LoginMethod, Reached},
    postgres::AuthRequest,
};

#[test]
fn case_follows_from_what_was_said_and_what_is_known() {
    for (case, example) in examples() {
        assert_eq!(example.case(), case, "{}", example.error);
    }
}

#[test]
fn case_each_row_has_an_example_and_a_place_in_the_list() {
    let positions: Vec<usize> = Case::ALL.iter().map(|case| *case as usize).collect();
    let expected: Vec<usize> = (0..=Case::OtherStatement as usize).collect();
    assert_eq!(positions, expected);
    let shown: BTreeSet<usize> = examples().iter().map(|(case, _)| *case as usize).collect();
    // The configuration alone says it: there is no error of a server.
    let missing: Vec<Case> = Case::ALL
        .into_iter()
        .filter(|case| !shown.contains(&(*case as usize)))
        .collect();
    assert_eq!(missing, [Case::NoManagedSecret]);
}

#[test]
fn advice_contradicts_no_configuration() {
    for (case, example) in examples() {
        let advice = example.advice();
        match &example.access.method {
            LoginMethod::Token => assert!(!advice.contains("Set `iam_auth"), "{case:?}: {advice}"),
            _ => assert!(
                !advice.contains("allow rds-db:connect") || case == Case::Forced,
                "{case:?}: {advice}"
            ),
        }
        let is_about_network = advice.contains("security groups");
        assert_eq!(is_about_network, case == Case::Unreachable, "{advice}");
    }
}

#[test]
fn advice_on_a_refused_token_names_what_it_was_signed_for_and_what_differs() {
    let elsewhere = SignedFor {
        host: "orders.cluster-other.eu-central-1.rds.amazonaws.com".to_owned(),
        port: 7654,
        region: "eu-west-1".to_owned(),
        ..token()
    };
    let publisher = Publisher {
        iam_database_authentication_enabled: false,
        ..publisher()
    };
    let advice = pam().with_token(elsewhere, Some(publisher)).advice();
    for said in [
        "signed for orders.cluster-other.eu-central-1.rds.amazonaws.com:7654, the Region eu-west-1 and the user \"master\", \
         with the access key AKIDEXAMPLE.",
        &format!("RDS names the endpoint {HOST}, which is another host."),
        "The endpoint's port is 5432.",
        "The endpoint's Region is eu-central-1.",
        "IAM database authentication is disabled.",
        "the server demands a token of \"master\"",
        "rds-db:connect on arn:aws:rds-db:eu-central-1:123456789012:dbuser:cluster-ABC/master.",
        "`connect_host`",
    ] {
        assert!(advice.contains(said), "{said}:\n{advice}");
    }
}

#[test]
fn advice_takes_no_endpoint_of_the_cluster_for_another_host() {
    for host in [
        HOST.to_uppercase(),
        HOST.replace("cluster-", "cluster-ro-"),
        HOST.replace("orders.cluster-", "analysts.cluster-custom-"),
        HOST.replace("orders.cluster-", "orders-1."),
        HOST.replace("orders.cluster-", "orders.proxy-"),
    ] {
        let example = pam().with_token(SignedFor { host, ..token() }, Some(publisher()));
        assert_eq!(
            example.case(),
            Case::TokenRefused,
            "{:?}",
            example.circumstances
        );
    }
}

#[test]
fn advice_names_status_members_pending_changes_and_private_addresses() {
    let advice = unreachable()
        .seen(Circumstances {
            publisher: Some(Publisher {
                status: "modifying".to_owned(),
                pending_iam_database_authentication_enabled: Some(false),
                other_pending_changes: vec!["EngineVersion"],
                ..publisher()
            }),
            unavailable: vec![MemberStatus {
                identifier: "orders-1".to_owned(),
                status: "upgrading".to_owned(),
            }],
            reached: Some(Reached::NoAnswer(vec![
                "10.0.0.5".parse().expect("an address"),
            ])),
            ..Circumstances::default()
        })
        .advice();
    for said in [
        "AWS shows the DB cluster \"orders\" as `modifying`.",
        "orders-1 (upgrading)",
        "IAMDatabaseAuthenticationEnabled, EngineVersion",
        "The name leads to 10.0.0.5, which is reached from inside of its network only.",
        "takes no connections meanwhile",
    ] {
        assert!(advice.contains(said), "{said}:\n{advice}");
    }
}

#[test]
fn advice_on_a_wrong_managed_secret_names_it_and_its_status() {
    let advice = wrong_password()
        .with(LoginMethod::ManagedSecret(ARN.to_owned()))
        .seen(Circumstances {
            publisher: Some(Publisher {
                master_user_secret: Some(MasterUserSecret {
                    arn: ARN.to_owned(),
                    status: "rotating".to_owned(),
                }),
                ..publisher()
            }),
            demanded: Some(AuthRequest::Password),
            ..Circumstances::default()
        })
        .advice();
    assert!(
        advice.contains(&format!("{ARN}, whose status is `rotating`")),
        "{advice}"
    );
    assert!(
        advice.contains("demands a password of \"master\""),
        "{advice}"
    );
}

#[test]
fn publisher_follows_its_source_or_its_global_database() {
    let secondary = Publisher {
        global_cluster: Some("world".to_owned()),
        members: vec![Member {
            identifier: "orders-1".to_owned(),
            is_writer: false,
            parameter_group_status: "in-sync".to_owned(),
        }],
        ..publisher()
    };
    assert_eq!(
        secondary.follows(),
        Some(Follows::GlobalDatabase("world".to_owned()))
    );
    let primary = Publisher {
        global_cluster: Some("world".to_owned()),
        ..publisher()
    };
    assert_eq!(primary.follows(), None);
    let replica = Publisher {
        replica_of: Some("arn:source".to_owned()),
        ..publisher()
    };
    assert_eq!(
        replica.follows(),
        Some(Follows::Source("arn:source".to_owned()))
    );
}
