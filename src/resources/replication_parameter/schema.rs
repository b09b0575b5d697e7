//! The attributes of `rdsiam_replication_parameter`.

use tfplugin::{
    schema::{Attribute, Schema, Validator},
    timeouts::{self, Operation},
    value::Type,
};

use super::{READ_TIMEOUT, TIMEOUT, target::ARGUMENTS};
use crate::{connection, rds_name};

/// The schema.
pub(super) fn schema() -> Schema {
    Schema::new(0)
            .description(
                "The parameter `rds.iam_auth_for_replication` in the parameter group of a DB cluster or DB instance. While it \
                 is on, users who are in `rds_iam` and can replicate must use IAM tokens on replication \
                 connections. The parameter group and its other parameters are never touched.",
            )
            .attribute(
                rds_name::attribute("cluster_identifier")
                    .description(
                        "Identifier of the DB cluster (Aurora or Multi-AZ) whose parameter group holds the \
                         parameter. Exactly one of `cluster_identifier`, `db_instance_identifier`, \
                         `db_cluster_parameter_group_name` and `db_parameter_group_name`. A change replaces the \
                         resource.",
                    ),
            )
            .attribute(
                rds_name::attribute("db_instance_identifier")
                    .description(
                        "Identifier of the DB instance (RDS for PostgreSQL, in no cluster) whose parameter group \
                         holds the parameter. A change replaces the resource.",
                    ),
            )
            .attribute(
                rds_name::attribute("db_cluster_parameter_group_name")
                    .description(
                        "Name of the DB cluster parameter group. A change replaces the resource, except from a \
                         `cluster_identifier` to the group that the cluster uses.",
                    ),
            )
            .attribute(
                rds_name::attribute("db_parameter_group_name")
                    .description(
                        "Name of the DB parameter group. A change replaces the resource, except from a \
                         `db_instance_identifier` to the group that the instance uses.",
                    ),
            )
            .attribute(connection::region_attribute().description(
                "AWS Region of what is named. Defaults to the provider's. A change to another Region replaces the \
                 resource.",
            ))
            .attribute(Attribute::bool("enabled").optional().default(true).description(
                "Whether the parameter is 1. Defaults to `true`.",
            ))
            .attribute(
                Attribute::string("on_destroy")
                    .optional()
                    .default("reset")
                    .validate(Validator::one_of(["reset", "retain"]))
                    .description(
                        "What a destroy does: `reset` sets the parameter to its default, `retain` leaves it. \
                         Defaults to `reset`.",
                    ),
            )
            .attribute(
                Attribute::bool("wait_for_in_sync")
                    .optional()
                    .default(true)
                    .description(
                        "Whether to wait after a change until the available instances have applied \
                         it. Defaults to `true`.",
                    ),
            )
            .attribute(
                Attribute::string("check_prerequisites")
                    .optional()
                    .default("apply")
                    .validate(Validator::one_of(["apply", "plan", "off"]))
                    .description(
                        "When a prerequisite that does not hold is an error: at `apply`, before anything is changed \
                         (the plan warns), at `plan` already, or never (`off`). Only for a change that switches the \
                         parameter on. Defaults to `apply`.",
                    ),
            )
            .attribute(
                Attribute::set("expected_cluster_identifiers", Type::String)
                    .optional()
                    .validate(Validator::each(rds_name::validator(
                        "expected_cluster_identifiers",
                    )))
                    .description(
                        "Identifiers of the clusters, or instances, that may use the parameter group besides the one \
                         that is named here. If it is set, a change is an error when anything else uses the group.",
                    ),
            )
            .attribute(Attribute::string("id").computed().use_prior_state().description(
                "`cluster/IDENTIFIER`, `instance/IDENTIFIER`, `cluster-parameter-group/NAME` or `parameter-group/NAME`.",
            ))
            .attribute(
                Attribute::string("parameter_group_name")
                    .computed()
                    .use_prior_state()
                    .description("Name of the parameter group that holds the parameter."),
            )
            .attribute(
                Attribute::string("parameter_group_family")
                    .computed()
                    .use_prior_state()
                    .description("Family of that group, such as `aurora-postgresql17` or `postgres17`."),
            )
            .block(timeouts::block([
                (Operation::Create, TIMEOUT),
                (Operation::Read, READ_TIMEOUT),
                (Operation::Update, TIMEOUT),
                (Operation::Delete, TIMEOUT),
            ]))
            .exactly_one_of(ARGUMENTS)
}
