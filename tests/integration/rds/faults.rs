//! An endpoint that gives empty pages, ignores filters, breaks off, or is not there for a while.

use terraform_provider_rdsiam::aws::rds::{
    lookup::{find_now, list_with_parameter_group},
    parameter_group::{ApplyType, GroupName, find_group, find_parameter, modify, reset},
    publisher::Identifier,
    wait::{InSync, Wait},
};

use super::{clients, scope};
use crate::support::{Kind, PARAMETER, StandIn};

const DESCRIBE: [&str; 6] = [
    "DescribeDBClusters",
    "DescribeDBInstances",
    "DescribeDBClusterParameterGroups",
    "DescribeDBParameterGroups",
    "DescribeDBClusterParameters",
    "DescribeDBParameters",
];

fn identifier(kind: Kind) -> Identifier {
    let identifier = kind.identifier().to_owned();
    match kind {
        Kind::Cluster => Identifier::Cluster(identifier),
        Kind::Instance => Identifier::Instance(identifier),
    }
}

fn group(stand_in: &StandIn, kind: Kind) -> GroupName {
    let name = &stand_in.publisher(kind).parameter_group;
    match kind {
        Kind::Cluster => GroupName::cluster(name),
        Kind::Instance => GroupName::instance(name),
    }
}

#[test]
fn endpoint_with_empty_pages_and_without_filters_hides_nothing() {
    let stand_in = StandIn::with_both_kinds();
    let clients = clients(&stand_in);
    for fault in ["empty-page", "ignore-filters"] {
        for action in DESCRIBE {
            stand_in.fault(action, fault, 1000);
        }
        for kind in Kind::BOTH {
            let group = group(&stand_in, kind);
            let identifier = identifier(kind);
            stand_in.block_on(async {
                let found = find_now(&clients, &scope(), &identifier).await;
                let found = found.expect("it can be read").expect("it is there");
                assert_eq!(found.name(), identifier, "{fault}");
                let found = find_group(&clients, &scope(), &group).await;
                let found = found.expect("it can be read").expect("it is there");
                assert_eq!(found.name, group, "{fault}");
                let found = find_parameter(&clients, &scope(), &group, PARAMETER).await;
                let found = found.expect("it can be read").expect("it is there");
                assert_eq!(found.name, PARAMETER, "{fault}");
                let users = list_with_parameter_group(&clients, &scope(), &group).await;
                let users = users.expect("they can be read").expect("they are listed");
                let users: Vec<_> = users.iter().map(|user| user.name()).collect();
                assert_eq!(users, std::slice::from_ref(&identifier), "{fault}");
                let wait = Wait {
                    first_pause: std::time::Duration::from_millis(10),
                    ..Wait::default()
                };
                let done = wait.in_sync(&clients, &scope(), &identifier).await;
                let reached = InSync::Reached {
                    unavailable: Vec::new(),
                };
                assert_eq!(done.expect("it can be read"), reached, "{fault}");
            });
        }
        stand_in.forget_faults();
    }
}

#[test]
fn change_whose_answer_breaks_off_or_fails_is_made_again_and_nothing_else() {
    let stand_in = StandIn::with_both_kinds();
    let clients = clients(&stand_in);
    for kind in Kind::BOTH {
        let group = group(&stand_in, kind);
        stand_in.apply_in(kind, 0);
        for fault in ["truncate", "service-unavailable", "internal-error", "reset"] {
            stand_in.fault(kind.modify(), fault, 1);
            stand_in.fault(kind.reset(), fault, 1);
            stand_in.forget_calls();
            let dynamic = ApplyType::Dynamic;
            stand_in.block_on(async {
                modify(&clients, &scope(), &group, PARAMETER, true, dynamic)
                    .await
                    .expect(fault);
            });
            assert_eq!(stand_in.value(kind).as_deref(), Some("1"), "{fault}");
            stand_in.block_on(async {
                reset(&clients, &scope(), &group, PARAMETER, dynamic)
                    .await
                    .expect(fault);
            });
            assert_ne!(stand_in.value(kind).as_deref(), Some("1"), "{fault}");
            assert_eq!(stand_in.calls_of(kind.modify()), 2, "{fault}");
            assert_eq!(stand_in.calls_of(kind.reset()), 2, "{fault}");
        }
    }
}
