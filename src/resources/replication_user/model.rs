//! The configuration, plan and state of a user.

use std::collections::BTreeSet;

use tfplugin::{
    Field, Model as _,
    schema::Validator,
    timeouts::{self, Operation, Timeouts},
    value::Value,
};

use super::TIMEOUT;
use crate::{
    connection::{Database, DatabaseArguments, DatabaseRef},
    postgres_name,
    provider::Configured,
    resources::in_database::{InDatabase, target},
    secret::Secret,
};

/// One role's membership in `rds_iam` and its right to replicate: with the parameter of
/// `rdsiam_replication_parameter` on, its replication connections must use IAM tokens. Normal
/// connections of a member of `rds_iam` must use IAM tokens at once, parameter on or off.
#[derive(Clone, Debug, tfplugin::Model)]
#[model(
    version = 1,
    at_most_one_of = ["cluster_identifier", "db_instance_identifier"],
    all_or_none_of = ["password_wo", "password_wo_version"]
)]
pub struct Model {
    /// Name of the role. A change replaces the resource.
    #[attribute(required, requires_replace_once_known, validate = Validator::custom(check_name))]
    pub(super) name: Field<String>,
    #[attributes(describe(
        cluster_identifier = "Identifier of the DB cluster that the role is in. At most one of \
                              `cluster_identifier` and `db_instance_identifier`. Defaults to the database of \
                              the provider's `postgres` block. A change to another database replaces the \
                              resource.",
        db_instance_identifier = "Identifier of the DB instance (RDS for PostgreSQL, in no cluster) that the \
                                  role is in. A change to another database replaces the resource.",
        region = "AWS Region of the cluster or instance that is named here. Defaults to the provider's. A \
                  change to another Region replaces the resource.",
    ))]
    pub(super) database: DatabaseArguments,
    /// Whether the role is a direct member of `rds_iam`. Defaults to `true`.
    #[attribute(optional, default = true)]
    pub(super) rds_iam: Field<bool>,
    /// How the role gets the right to replicate: `rds_replication` (membership), `attribute`
    /// (REPLICATION), `both`, or `auto`: membership where the role `rds_replication` exists, else
    /// the attribute. `none` shows in a plan when the right is gone. Defaults to `auto`.
    #[attribute(
        optional,
        default = "auto",
        validate = Validator::one_of(["auto", "rds_replication", "attribute", "both"])
    )]
    pub(super) replication_privilege: Field<String>,
    /// Whether the role is created, and dropped at destroy. Defaults to `false`.
    #[attribute(optional, default = false)]
    pub(super) create_role: Field<bool>,
    /// Password for the time before IAM, of a role that `create_role` creates. Write-only: it is in
    /// no plan and no state, and the server gets a SCRAM-SHA-256 verifier of it. Needs Terraform
    /// 1.11 or OpenTofu 1.11, or later.
    #[attribute(optional, write_only, sensitive, validate = Validator::length(1..=1024))]
    pub(super) password_wo: Field<Secret>,
    /// Version of `password_wo`, a number or a text of your choice, such as the version id of a
    /// secret: the password is set when the role is created and whenever this changes.
    #[attribute(optional, validate = Validator::length(1..=1024))]
    pub(super) password_wo_version: Field<String>,
    /// Logins inside the role that may be forced to IAM together with it. Others are refused.
    #[attribute(optional)]
    pub(super) allow_iam_for: Field<BTreeSet<String>>,
    /// Whether `rds_iam` is granted although IAM database authentication of the cluster or instance
    /// is not enabled, or about to be disabled: the role could then log in with nothing. Defaults
    /// to `false`: such a grant is refused.
    #[attribute(optional, default = false)]
    pub(super) allow_without_iam_authentication: Field<bool>,
    /// What a destroy does: `revoke` takes back what this resource declares, `retain` leaves
    /// everything. Defaults to `revoke`.
    #[attribute(optional, default = "revoke", validate = Validator::one_of(["revoke", "retain"]))]
    pub(super) on_destroy: Field<String>,
    /// Whether a destroy ends the sessions of a role that `create_role` created. Defaults to
    /// `false`.
    #[attribute(optional, default = false)]
    pub(super) force_destroy: Field<bool>,
    /// Whether the server is asked, without credentials, what it demands of a login after a grant:
    /// of the user, and of whoever created the role. Not possible through RDS Proxy. Defaults to
    /// `true`.
    #[attribute(optional, default = true)]
    pub(super) probe_authentication: Field<bool>,
    /// `TARGET/NAME`; TARGET is `cluster:IDENTIFIER`, `instance:IDENTIFIER` or `host:port`.
    #[attribute(computed, use_prior_state)]
    pub(super) id: Field<String>,
    #[block(schema = timeouts::block([
        (Operation::Create, TIMEOUT),
        (Operation::Read, TIMEOUT),
        (Operation::Update, TIMEOUT),
        (Operation::Delete, TIMEOUT),
    ]))]
    pub(super) timeouts: Field<Timeouts>,
}

impl Model {
    /// A state of which only the role is known: the arguments' defaults where the server has no say.
    pub(super) fn with_defaults(name: String) -> Self {
        Self {
            name: name.into(),
            rds_iam: Field::Null,
            ..Self::defaults()
        }
    }
}

impl InDatabase for Model {
    const TITLE: &'static str = "Replication User";
    const NOUN: &'static str = "user";
    const OBJECT: &'static str = "role";
    const ID: &'static str = "TARGET/NAME";
    const AFTER_TARGET: &'static str = "the role's name";

    fn name(&self) -> &Field<String> {
        &self.name
    }

    fn name_mut(&mut self) -> &mut Field<String> {
        &mut self.name
    }

    fn arguments(&self) -> &DatabaseArguments {
        &self.database
    }

    fn arguments_mut(&mut self) -> &mut DatabaseArguments {
        &mut self.database
    }

    fn id(&self) -> &Field<String> {
        &self.id
    }

    fn outcome_of_both(&self) -> &'static str {
        match is_true(&self.create_role) {
            true => {
                "Whichever of the two the CLI does first, the role is not lost: it is either dropped and then created anew, \
                 without its password and whatever else it was given, or the creation is refused because the role is still \
                 there, and then the destruction is refused as well."
            }
            false => {
                "Its grants are there in the end, but may be taken back and given again in between."
            }
        }
    }
}

/// The state of a role of which nothing was read yet.
pub(super) fn unread(
    provider: &Configured,
    database: &Database,
    database_ref: DatabaseRef,
    name: String,
) -> Model {
    let mut state = Model::with_defaults(name);
    state.database = target::unread(provider, database, database_ref);
    state.id = state.id_in(database).into();
    state
}

pub(super) fn is_true(field: &Field<bool>) -> bool {
    field.known() == Some(&true)
}

pub(super) fn is_retained(model: &Model) -> bool {
    model.on_destroy.known().map(String::as_str) == Some("retain")
}

/// Refuses names that PostgreSQL would not keep, or that are not the user's to give.
pub(super) fn check_name(value: &Value) -> Result<(), String> {
    postgres_name::check(value)?;
    let name = value.as_str().unwrap_or_default();
    if name.starts_with("pg_") || name.starts_with("rds") {
        return Err(format!(
            "must not start with `pg_` or `rds`: {name:?} belongs to PostgreSQL or to RDS"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        aws::rds::publisher::Identifier,
        resources::in_database::target::{Target, target_of},
    };

    #[test]
    fn target_without_a_kind_is_that_of_the_argument_which_names_it() {
        let mut state = Model::with_defaults("app".to_owned());
        state.id = "orders/app".into();
        let cluster = Target::Publisher(Identifier::Cluster("orders".to_owned()));
        let instance = Target::Publisher(Identifier::Instance("orders".to_owned()));
        let of_no_kind = target_of(&state).expect("a target");
        assert!(of_no_kind.is_same(&cluster) && of_no_kind.is_same(&instance));
        state.database.db_instance_identifier = "Orders".into();
        assert_eq!(target_of(&state), Some(instance.clone()));
        assert!(!instance.is_same(&cluster));
    }
}
