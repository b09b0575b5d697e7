//! Each IAM action that is missing, in each operation that needs it: the message names the action, the
//! object and what to allow, and nothing is half changed. Where a right is optional, the operation goes
//! on.

use serde_json::{Value, json};

use crate::support::{Kind, StandIn, Workspace, cli::Run};

/// An operation that is tried without a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    /// The plan of a creation, which goes on with a warning.
    Plan,
    Create,
    Refresh,
    /// Without a refresh before it, which would fail first.
    Destroy,
}

use Operation::{Create, Destroy, Plan, Refresh};

impl Operation {
    /// Whether it starts with the resource in place.
    fn is_of_what_is_there(self) -> bool {
        matches!(self, Refresh | Destroy)
    }

    fn run(self, workspace: &Workspace) -> Run {
        match self {
            Plan => workspace.plan().changes(),
            Create => workspace.apply().failure(),
            Refresh => workspace.plan().failure(),
            Destroy => workspace
                .run(&["destroy", "-auto-approve", "-refresh=false"])
                .failure(),
        }
    }
}

/// A right that is missing: for what, on what.
struct Denied {
    operation: Operation,
    service: &'static str,
    action: &'static str,
    object: String,
}

fn denied(operation: Operation, action: &'static str, object: &str) -> Denied {
    Denied {
        operation,
        service: match action {
            "GetSecretValue" => "secretsmanager",
            _ => "rds",
        },
        action,
        object: object.to_owned(),
    }
}

/// Tries all of it, first what has nothing in place. `fingerprint` is what must not change, besides the
/// state.
fn check(
    stand_in: &StandIn,
    workspace: &Workspace,
    table: &[Denied],
    fingerprint: impl Fn() -> Value,
) {
    assert!(table.is_sorted_by_key(|denied| denied.operation.is_of_what_is_there()));
    let mut is_there = false;
    for Denied {
        operation,
        service,
        action,
        object,
    } in table
    {
        if operation.is_of_what_is_there() && !is_there {
            workspace.apply().success();
            is_there = true;
        }
        let before = (fingerprint(), recorded(workspace));
        stand_in.deny(action, object);
        operation
            .run(workspace)
            .says("AccessDenied")
            .says(&format!("{service}:{action} on {object}"))
            .says(&format!(
                "Allow the caller {service}:{action} on that object"
            ));
        stand_in.forget_faults();
        let after = (fingerprint(), recorded(workspace));
        assert_eq!(after, before, "{operation:?} without {action}");
    }
}

/// The resources in the state, without a run of the CLI.
fn recorded(workspace: &Workspace) -> Value {
    let state: Value = serde_json::from_str(&workspace.state_text()).unwrap_or_default();
    match &state["resources"] {
        Value::Null => json!([]),
        resources => resources.clone(),
    }
}

fn check_parameter(kind: Kind) {
    let stand_in = StandIn::with_kind(kind);
    let identifier = kind.identifier();
    let group = stand_in.publisher(kind).parameter_group.clone();
    let workspace = Workspace::new(&stand_in);
    workspace.write(&format!(
        "resource \"rdsiam_replication_parameter\" \"this\" {{\n  {} = {identifier:?}\n}}\n",
        kind.argument()
    ));
    let table = [
        denied(Plan, kind.describe(), identifier),
        denied(Plan, kind.describe_parameters(), &group),
        denied(Create, kind.describe(), identifier),
        denied(Create, kind.describe_groups(), &group),
        denied(Create, kind.describe_parameters(), &group),
        denied(Create, kind.modify(), &group),
        denied(Refresh, kind.describe(), identifier),
        denied(Refresh, kind.describe_parameters(), &group),
        denied(Destroy, kind.describe(), identifier),
        denied(Destroy, kind.describe_parameters(), &group),
        denied(Destroy, kind.reset(), &group),
    ];
    check(&stand_in, &workspace, &table, || {
        stand_in.value(kind).into()
    });
}

#[test]
fn access_denied_to_parameter_of_a_cluster_names_the_right_and_changes_nothing() {
    check_parameter(Kind::Cluster);
}

#[test]
fn access_denied_to_parameter_of_an_instance_names_the_right_and_changes_nothing() {
    check_parameter(Kind::Instance);
}

fn check_user(kind: Kind) {
    let stand_in = StandIn::with_kind(kind);
    let publisher = stand_in.publisher(kind).clone();
    let workspace = Workspace::new(&stand_in);
    workspace.write(&format!(
        "{}resource \"rdsiam_replication_user\" \"cdc\" {{\n  name = \"cdc\"\n}}\n",
        stand_in.provider_of(kind.argument(), &publisher, "")
    ));
    let secret = publisher.master_secret_arn.as_str();
    let table: Vec<Denied> = [Plan, Create, Refresh, Destroy]
        .into_iter()
        .flat_map(|operation| {
            [
                denied(operation, kind.describe(), kind.identifier()),
                denied(operation, "GetSecretValue", secret),
            ]
        })
        .collect();
    let roles = "SELECT member::regrole, roleid::regrole FROM pg_auth_members ORDER BY 1, 2";
    check(&stand_in, &workspace, &table, || {
        stand_in.sql_at(&publisher.superuser_url, roles).into()
    });
}

#[test]
fn access_denied_to_user_of_a_cluster_names_the_right_and_changes_nothing() {
    check_user(Kind::Cluster);
}

#[test]
fn access_denied_to_user_of_an_instance_names_the_right_and_changes_nothing() {
    check_user(Kind::Instance);
}

#[test]
fn access_denied_to_what_is_optional_is_no_obstacle() {
    let stand_in = StandIn::with_both_kinds();
    // Who the caller is, what else there is, and the statuses of a cluster's members.
    for (action, object) in [
        ("GetCallerIdentity", "*"),
        ("DescribeDBClusters", "*"),
        ("DescribeDBInstances", "*"),
    ] {
        stand_in.deny(action, object);
    }
    let workspace = Workspace::new(&stand_in);
    let parameters: String = Kind::BOTH
        .into_iter()
        .map(|kind| {
            format!(
                "resource \"rdsiam_replication_parameter\" {:?} {{\n  {} = {:?}\n}}\n",
                kind.identifier(),
                kind.argument(),
                kind.identifier()
            )
        })
        .collect();
    let user = "resource \"rdsiam_replication_user\" \"cdc\" {\n  name = \"cdc\"\n}\n";
    workspace.write(&(stand_in.provider() + &parameters + user));
    workspace.apply().success().does_not_say("AccessDenied");
    workspace.plan().empty();
    for kind in Kind::BOTH {
        assert_eq!(stand_in.value(kind).as_deref(), Some("1"));
    }
    workspace.destroy().success().does_not_say("AccessDenied");
    for kind in Kind::BOTH {
        assert_ne!(stand_in.value(kind).as_deref(), Some("1"));
    }
}

#[test]
fn access_denied_to_the_list_of_users_of_a_group_is_said_and_refuses_what_depends_on_it() {
    for kind in Kind::BOTH {
        let stand_in = StandIn::with_kind(kind);
        let group = stand_in.publisher(kind).parameter_group.clone();
        let write = |workspace: &Workspace, more: &str| {
            workspace.write(&format!(
                "resource \"rdsiam_replication_parameter\" \"this\" {{\n  {} = {group:?}\n{more}\n}}\n",
                kind.group_argument()
            ));
        };
        let workspace = Workspace::new(&stand_in);
        stand_in.deny(kind.describe(), "*");
        write(&workspace, "  expected_cluster_identifiers = []");
        workspace
            .apply()
            .failure()
            .says(&format!(
                "rds:{} on all of them was denied",
                kind.describe()
            ))
            .says("Allow that in the caller's IAM policy, or remove the argument")
            .says("Nothing was changed");
        assert_ne!(stand_in.value(kind).as_deref(), Some("1"));
        write(&workspace, "");
        workspace
            .apply()
            .success()
            .says("Users Of The Parameter Group Not Listed")
            .says(&format!("rds:{} on all", kind.describe()));
        assert_eq!(stand_in.value(kind).as_deref(), Some("1"));
    }
}
