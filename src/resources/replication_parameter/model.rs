//! The configuration, plan and state of a parameter.

use std::collections::BTreeSet;

use tfplugin::{
    Field, Model as _,
    schema::Validator,
    timeouts::{self, Operation, Timeouts},
};

use super::{READ_TIMEOUT, TIMEOUT};
use crate::{
    connection::DatabaseArguments,
    rds_name::{self, without_arn},
};

/// The arguments that name it, of which exactly one is set.
pub(super) const ARGUMENTS: [&str; 4] = [
    "cluster_identifier",
    "db_instance_identifier",
    "db_cluster_parameter_group_name",
    "db_parameter_group_name",
];

/// The parameter `rds.iam_auth_for_replication` in the parameter group of a DB cluster or DB
/// instance. While it is on, users who are in `rds_iam` and can replicate must use IAM tokens on
/// replication connections. The parameter group and its other parameters are never touched.
#[derive(Clone, Debug, tfplugin::Model)]
#[model(exactly_one_of = ARGUMENTS)]
pub struct Model {
    #[attributes(describe(
        cluster_identifier = "Identifier of the DB cluster (Aurora or Multi-AZ) whose parameter group holds \
                              the parameter. Exactly one of `cluster_identifier`, `db_instance_identifier`, \
                              `db_cluster_parameter_group_name` and `db_parameter_group_name`. A change \
                              replaces the resource.",
        db_instance_identifier = "Identifier of the DB instance (RDS for PostgreSQL, in no cluster) whose \
                                  parameter group holds the parameter. A change replaces the resource.",
        region = "AWS Region of what is named. Defaults to the provider's. A change to another Region \
                  replaces the resource.",
    ))]
    pub(super) publisher: DatabaseArguments,
    /// Name of the DB cluster parameter group. A change replaces the resource, except from a
    /// `cluster_identifier` to the group that the cluster uses.
    #[attribute(
        optional,
        validate = rds_name::length(),
        validate = rds_name::validator("db_cluster_parameter_group_name")
    )]
    pub(super) db_cluster_parameter_group_name: Field<String>,
    /// Name of the DB parameter group. A change replaces the resource, except from a
    /// `db_instance_identifier` to the group that the instance uses.
    #[attribute(
        optional,
        validate = rds_name::length(),
        validate = rds_name::validator("db_parameter_group_name")
    )]
    pub(super) db_parameter_group_name: Field<String>,
    /// Whether the parameter is 1. Defaults to `true`.
    #[attribute(optional, default = true)]
    pub(super) enabled: Field<bool>,
    /// What a destroy does: `reset` sets the parameter to its default, `retain` leaves it. Defaults
    /// to `reset`.
    #[attribute(optional, default = "reset", validate = Validator::one_of(["reset", "retain"]))]
    pub(super) on_destroy: Field<String>,
    /// Whether to wait after a change until the available instances have applied it. Defaults to
    /// `true`.
    #[attribute(optional, default = true)]
    pub(super) wait_for_in_sync: Field<bool>,
    /// When a prerequisite that does not hold is an error: at `apply`, before anything is changed
    /// (the plan warns), at `plan` already, or never (`off`). Only for a change that switches the
    /// parameter on. Defaults to `apply`.
    #[attribute(
        optional,
        default = "apply",
        validate = Validator::one_of(["apply", "plan", "off"])
    )]
    pub(super) check_prerequisites: Field<String>,
    /// Identifiers of the clusters, or instances, that may use the parameter group besides the one
    /// that is named here. If it is set, a change is an error when anything else uses the group.
    #[attribute(
        optional,
        validate = Validator::each(rds_name::validator("expected_cluster_identifiers"))
    )]
    pub(super) expected_cluster_identifiers: Field<BTreeSet<String>>,
    /// `cluster/IDENTIFIER`, `instance/IDENTIFIER`, `cluster-parameter-group/NAME` or
    /// `parameter-group/NAME`.
    #[attribute(computed, use_prior_state)]
    pub(super) id: Field<String>,
    /// Name of the parameter group that holds the parameter.
    #[attribute(computed, use_prior_state)]
    pub(super) parameter_group_name: Field<String>,
    /// Family of that group, such as `aurora-postgresql17` or `postgres17`.
    #[attribute(computed, use_prior_state)]
    pub(super) parameter_group_family: Field<String>,
    #[block(schema = timeouts::block([
        (Operation::Create, TIMEOUT),
        (Operation::Read, READ_TIMEOUT),
        (Operation::Update, TIMEOUT),
        (Operation::Delete, TIMEOUT),
    ]))]
    pub(super) timeouts: Field<Timeouts>,
}

impl Model {
    /// A state of which nothing was read yet: the arguments' defaults where AWS has no say.
    pub(super) fn unread() -> Self {
        Self {
            enabled: Field::Null,
            ..Self::defaults()
        }
    }

    /// The arguments that name what it is about, in the order of [`ARGUMENTS`].
    pub(super) fn names(&self) -> [&Field<String>; 4] {
        [
            &self.publisher.cluster_identifier,
            &self.publisher.db_instance_identifier,
            &self.db_cluster_parameter_group_name,
            &self.db_parameter_group_name,
        ]
    }

    /// A state that was written while ARNs were taken, with the identifiers and names in them.
    pub(super) fn without_arns(self) -> Self {
        Self {
            publisher: DatabaseArguments {
                cluster_identifier: without_arn(self.publisher.cluster_identifier),
                db_instance_identifier: without_arn(self.publisher.db_instance_identifier),
                region: self.publisher.region,
            },
            db_cluster_parameter_group_name: without_arn(self.db_cluster_parameter_group_name),
            db_parameter_group_name: without_arn(self.db_parameter_group_name),
            ..self
        }
    }
}
