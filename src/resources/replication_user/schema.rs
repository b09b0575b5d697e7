//! The attributes of `rdsiam_replication_user`.

use tfplugin::{
    schema::{Attribute, Schema, Validator},
    timeouts::{self, Operation},
    value::{Type, Value},
};

use super::TIMEOUT;
use crate::{connection, postgres::LONGEST_NAME};

/// The schema.
pub(super) fn schema() -> Schema {
    Schema::new(0)
            .description(
                "One role's membership in `rds_iam` and its right to replicate: with the parameter of \
                 `rdsiam_replication_parameter` on, its replication connections must use IAM tokens. Normal \
                 connections of a member of `rds_iam` must use IAM tokens at once, parameter on or off.",
            )
            .attribute(
                Attribute::string("name")
                    .required()
                    .requires_replace_once_known()
                    .validate(Validator::custom(check_name))
                    .description("Name of the role. A change replaces the resource."),
            )
            .attribute(
                Attribute::string("cluster_identifier")
                    .optional()
                    .validate(Validator::length(1..=255))
                    .description(
                        "Identifier of the DB cluster that the role is in. At most one of `cluster_identifier` and \
                         `db_instance_identifier`. Defaults to the database of the provider's `postgres` block. A \
                         change to another database replaces the resource.",
                    ),
            )
            .attribute(
                Attribute::string("db_instance_identifier")
                    .optional()
                    .validate(Validator::length(1..=255))
                    .description(
                        "Identifier of the DB instance (RDS for PostgreSQL, in no cluster) that the role is in. A \
                         change to another database replaces the resource.",
                    ),
            )
            .attribute(connection::region_attribute().description(
                "AWS Region of the cluster or instance that is named here. Defaults to the provider's. A change to \
                 another Region replaces the resource.",
            ))
            .attribute(Attribute::bool("rds_iam").optional().default(true).description(
                "Whether the role is a direct member of `rds_iam`. Defaults to `true`.",
            ))
            .attribute(
                Attribute::string("replication_privilege")
                    .optional()
                    .default("auto")
                    .validate(Validator::one_of([
                        "auto",
                        "rds_replication",
                        "attribute",
                        "both",
                    ]))
                    .description(
                        "How the role gets the right to replicate: `rds_replication` (membership), `attribute` \
                         (REPLICATION), `both`, or `auto`: membership where the role `rds_replication` exists, else \
                         the attribute. `none` shows in a plan when the right is gone. Defaults to `auto`.",
                    ),
            )
            .attribute(Attribute::bool("create_role").optional().default(false).description(
                "Whether the role is created, and dropped at destroy. Defaults to `false`.",
            ))
            .attribute(
                Attribute::string("password_wo")
                    .optional()
                    .write_only()
                    .sensitive()
                    .validate(Validator::length(1..=1024))
                    .description(
                        "Password for the time before IAM, of a role that `create_role` creates. Write-only: it is in no \
                         plan and no state, and the server gets a SCRAM-SHA-256 verifier of it. Needs Terraform 1.11 or \
                         OpenTofu 1.11, or later.",
                    ),
            )
            .attribute(
                Attribute::int64("password_wo_version")
                    .optional()
                    .description(
                        "Version of `password_wo`, a number of your choice: the password is set when the role is created \
                         and whenever this changes.",
                    ),
            )
            .attribute(
                Attribute::set("allow_iam_for", Type::String)
                    .optional()
                    .description(
                        "Logins inside the role that may be forced to IAM together with it. Others are refused.",
                    ),
            )
            .attribute(
                Attribute::bool("allow_without_iam_authentication")
                    .optional()
                    .default(false)
                    .description(
                        "Whether `rds_iam` is granted although IAM database authentication of the cluster or instance is \
                         not enabled, or about to be disabled: the role could then log in with nothing. Defaults to \
                         `false`: such a grant is refused.",
                    ),
            )
            .attribute(
                Attribute::string("on_destroy")
                    .optional()
                    .default("revoke")
                    .validate(Validator::one_of(["revoke", "retain"]))
                    .description(
                        "What a destroy does: `revoke` takes back what this resource declares, `retain` leaves \
                         everything. Defaults to `revoke`.",
                    ),
            )
            .attribute(Attribute::bool("force_destroy").optional().default(false).description(
                "Whether a destroy ends the sessions of a role that `create_role` created. Defaults to `false`.",
            ))
            .attribute(
                Attribute::bool("probe_authentication")
                    .optional()
                    .default(true)
                    .description(
                        "Whether the server is asked, without credentials, what it demands of a login after a grant: \
                         of the user, and of whoever created the role. Not possible through RDS Proxy. Defaults to \
                         `true`.",
                    ),
            )
            .attribute(
                Attribute::string("id")
                    .computed()
                    .use_prior_state()
                    .description("`TARGET/NAME`; TARGET is `cluster:IDENTIFIER`, `instance:IDENTIFIER` or `host:port`."),
            )
            .block(timeouts::block([
                (Operation::Create, TIMEOUT),
                (Operation::Read, TIMEOUT),
                (Operation::Update, TIMEOUT),
                (Operation::Delete, TIMEOUT),
            ]))
            .at_most_one_of(["cluster_identifier", "db_instance_identifier"])
            .all_or_none_of(["password_wo", "password_wo_version"])
}

/// Refuses names that PostgreSQL would not keep, or that are not the user's to give.
pub(super) fn check_name(value: &Value) -> Result<(), String> {
    let name = value.as_str().unwrap_or_default();
    if name.is_empty() {
        return Err("must not be empty".to_owned());
    }
    if name.len() > LONGEST_NAME {
        return Err(format!(
            "must have at most {LONGEST_NAME} bytes (it has {}): PostgreSQL would shorten it to another name",
            name.len()
        ));
    }
    if name.contains('\0') {
        return Err("must not contain a zero byte".to_owned());
    }
    if name.starts_with("pg_") || name.starts_with("rds") {
        return Err(format!(
            "must not start with `pg_` or `rds`: {name:?} belongs to PostgreSQL or to RDS"
        ));
    }
    Ok(())
}
