//! Both kinds of publishers in the same words: DB clusters with their DB cluster parameter groups, DB
//! instances with their DB parameter groups.

use aws_sdk_rds::types::{ApplyMethod, Parameter};
use rds_emulator::{Cluster, Options};
use serde_json::{Value, json};

use super::{PARAMETER, StandIn};

/// Which kind of publisher a test is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Cluster,
    Instance,
}

impl Kind {
    pub const BOTH: [Self; 2] = [Self::Cluster, Self::Instance];

    /// The identifier of the one in [`StandIn::with_both_kinds`].
    pub fn identifier(self) -> &'static str {
        self.either("orders", "billing")
    }

    /// The argument that names it.
    pub fn argument(self) -> &'static str {
        self.either("cluster_identifier", "db_instance_identifier")
    }

    /// The argument that names its parameter group.
    pub fn group_argument(self) -> &'static str {
        self.either("db_cluster_parameter_group_name", "db_parameter_group_name")
    }

    /// The action that reads it.
    pub fn describe(self) -> &'static str {
        self.either("DescribeDBClusters", "DescribeDBInstances")
    }

    /// The action that reads its parameter groups.
    pub fn describe_groups(self) -> &'static str {
        self.either(
            "DescribeDBClusterParameterGroups",
            "DescribeDBParameterGroups",
        )
    }

    /// The action that reads the parameters of a group.
    pub fn describe_parameters(self) -> &'static str {
        self.either("DescribeDBClusterParameters", "DescribeDBParameters")
    }

    /// The action that changes them.
    pub fn modify(self) -> &'static str {
        self.either("ModifyDBClusterParameterGroup", "ModifyDBParameterGroup")
    }

    /// The action that resets them.
    pub fn reset(self) -> &'static str {
        self.either("ResetDBClusterParameterGroup", "ResetDBParameterGroup")
    }

    fn either(self, cluster: &'static str, instance: &'static str) -> &'static str {
        match self {
            Self::Cluster => cluster,
            Self::Instance => instance,
        }
    }

    fn path(self, what: &str) -> String {
        let kinds = self.either("clusters", "instances");
        format!("/{kinds}/{}/{what}", self.identifier())
    }
}

impl StandIn {
    /// A stand-in with one publisher of each kind, and the provider's default is the cluster.
    pub fn with_both_kinds() -> Self {
        Self::with_options(Options {
            postgres: 16,
            clusters: vec![Kind::Cluster.identifier().to_owned()],
            instances: vec![Kind::Instance.identifier().to_owned()],
            ..Options::default()
        })
    }

    /// A stand-in with a publisher of one kind.
    pub fn with_kind(kind: Kind) -> Self {
        let names = |one| match one == kind {
            true => vec![kind.identifier().to_owned()],
            false => Vec::new(),
        };
        Self::with_options(Options {
            postgres: 16,
            clusters: names(Kind::Cluster),
            instances: names(Kind::Instance),
            ..Options::default()
        })
    }

    /// The publisher of a kind.
    pub fn publisher(&self, kind: Kind) -> &Cluster {
        match kind {
            Kind::Cluster => self.cluster(),
            Kind::Instance => self.instance(),
        }
    }

    /// The parameter's value in the group that the publisher had at the start.
    pub fn value(&self, kind: Kind) -> Option<String> {
        self.value_in(kind, &self.publisher(kind).parameter_group)
    }

    /// The parameter's value in a group.
    pub fn value_in(&self, kind: Kind, group: &str) -> Option<String> {
        let parameters = self.parameters_in(kind, group);
        let parameter = parameters
            .iter()
            .find(|parameter| parameter.parameter_name() == Some(PARAMETER))
            .unwrap_or_else(|| panic!("{PARAMETER} is not in {group}"));
        parameter.parameter_value().map(str::to_owned)
    }

    /// Sets the parameter in a group, as somebody else would.
    pub fn set_value_in(&self, kind: Kind, group: &str, value: &str) {
        self.set_in(kind, group, PARAMETER, value, ApplyMethod::Immediate);
    }

    /// Makes a parameter group with logical replication, and the publisher use it, which waits for a
    /// reboot.
    pub fn move_to_new_group(&self, kind: Kind, group: &str) {
        match kind {
            Kind::Cluster => {
                self.create_cluster_group(group, "aurora-postgresql16");
                self.attach_cluster_group(kind.identifier(), group);
            }
            Kind::Instance => {
                let created = self
                    .rds()
                    .create_db_parameter_group()
                    .db_parameter_group_name(group)
                    .db_parameter_group_family("postgres16")
                    .description(group)
                    .send();
                self.block_on(created).expect("a group can be made");
                let (name, method) = ("rds.logical_replication", ApplyMethod::PendingReboot);
                self.set_in(kind, group, name, "1", method);
                let attached = self
                    .rds()
                    .modify_db_instance()
                    .db_instance_identifier(kind.identifier())
                    .db_parameter_group_name(group)
                    .apply_immediately(true)
                    .send();
                self.block_on(attached).expect("a group can be attached");
            }
        }
    }

    /// Reboots all instances of the publisher.
    pub fn reboot(&self, kind: Kind) {
        self.control("POST", &kind.path("reboot"), &Value::Null);
    }

    /// Makes changes of parameters take so many seconds, with no stale reading after them.
    pub fn apply_in(&self, kind: Kind, seconds: u32) {
        let settings = json!({"apply_seconds": seconds, "stale_readings": 0});
        self.control("POST", &kind.path("settings"), &settings);
    }

    /// Scripts a fault for the next calls of an action.
    pub fn fault(&self, action: &str, fault: &str, times: u32) {
        let fault = json!({"action": action, "fault": fault, "times": times});
        self.control("POST", "/faults", &fault);
    }

    /// Denies an action on an object, or on all objects together (`*`), until the faults are forgotten.
    pub fn deny(&self, action: &str, object: &str) {
        let fault = json!({
            "action": action, "fault": "access-denied", "object": object, "times": 1000,
        });
        self.control("POST", "/faults", &fault);
    }

    /// Ends all faults.
    pub fn forget_faults(&self) {
        self.control("DELETE", "/faults", &Value::Null);
    }

    /// How often an action was called.
    pub fn calls_of(&self, action: &str) -> u64 {
        self.calls().get(action).copied().unwrap_or_default()
    }

    fn parameters_in(&self, kind: Kind, group: &str) -> Vec<Parameter> {
        self.block_on(async {
            let rds = self.rds();
            match kind {
                Kind::Cluster => {
                    let described = rds.describe_db_cluster_parameters();
                    let named = described.db_cluster_parameter_group_name(group);
                    named
                        .into_paginator()
                        .items()
                        .send()
                        .try_collect()
                        .await
                        .map_err(aws_sdk_rds::Error::from)
                }
                Kind::Instance => {
                    let described = rds.describe_db_parameters();
                    let named = described.db_parameter_group_name(group);
                    named
                        .into_paginator()
                        .items()
                        .send()
                        .try_collect()
                        .await
                        .map_err(aws_sdk_rds::Error::from)
                }
            }
        })
        .expect("the parameters can be listed")
    }

    /// Sets any parameter in a group.
    pub fn set_in(&self, kind: Kind, group: &str, name: &str, value: &str, method: ApplyMethod) {
        let parameter = Parameter::builder()
            .parameter_name(name)
            .parameter_value(value)
            .apply_method(method)
            .build();
        self.block_on(async {
            let rds = self.rds();
            match kind {
                Kind::Cluster => rds
                    .modify_db_cluster_parameter_group()
                    .db_cluster_parameter_group_name(group)
                    .parameters(parameter)
                    .send()
                    .await
                    .map(|_| ())
                    .map_err(aws_sdk_rds::Error::from),
                Kind::Instance => rds
                    .modify_db_parameter_group()
                    .db_parameter_group_name(group)
                    .parameters(parameter)
                    .send()
                    .await
                    .map(|_| ())
                    .map_err(aws_sdk_rds::Error::from),
            }
        })
        .expect("the parameter can be set");
    }
}
