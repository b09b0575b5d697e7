//! The configuration, plan and state of a grant.

use std::collections::BTreeSet;

use tfplugin::{
    Field,
    schema::Validator,
    timeouts::{self, Operation, Timeouts},
    value::Value,
};

use super::TIMEOUT;
use crate::{
    connection::{DatabaseArguments, DatabaseRef},
    postgres::{TableName, publication_grant::Select},
    postgres_name,
    resources::in_database::InDatabase,
};

/// What `select` is where all that is published is readable, and no more from here.
pub(super) const PUBLISHED: &str = "published";

/// For one role and database: that it can read what publications publish, and from here no more.
#[derive(Clone, Debug, tfplugin::Model)]
#[model(at_most_one_of = ["cluster_identifier", "db_instance_identifier"])]
pub struct Model {
    /// The role that is to read. A change replaces the resource.
    #[attribute(
        required,
        requires_replace_once_known,
        validate = Validator::custom(check_role)
    )]
    pub(super) role: Field<String>,
    #[attributes(describe(
        cluster_identifier = "Identifier of the DB cluster that the publications are in. At most one of \
                              `cluster_identifier` and `db_instance_identifier`. Defaults to that of the \
                              provider's `postgres` block. A change to another one replaces the resource.",
        db_instance_identifier = "Identifier of the DB instance (RDS for PostgreSQL, in no cluster) that the \
                                  publications are in. A change to another one replaces the resource.",
        region = "AWS Region of the cluster or instance that is named here. Defaults to the provider's. A \
                  change to another Region replaces the resource.",
    ))]
    pub(super) publisher: DatabaseArguments,
    /// The PostgreSQL database that the publications are in. Defaults to that of the provider's
    /// `postgres` block when the grant is created. A change replaces the resource.
    #[attribute(
        optional,
        computed,
        use_prior_state,
        requires_replace_once_known,
        validate = postgres_name::validator()
    )]
    pub(super) database: Field<String>,
    /// The publications of the database whose tables the role is to read.
    #[attribute(required, validate = Validator::each(postgres_name::validator()))]
    pub(super) publications: Field<BTreeSet<String>>,
    /// How far what is published is readable: `published`, the only value that can be configured.
    /// Otherwise it is `none`, `missing` where something is not, or `excess` where the role can read
    /// from here what is published no longer, or has rights in a schema of which nothing is. Defaults
    /// to `published`.
    #[attribute(optional, default = PUBLISHED, validate = Validator::one_of([PUBLISHED]))]
    pub(super) select: Field<String>,
    /// Whether the role is to be able to connect to the database. Defaults to `true`.
    #[attribute(optional, default = true)]
    pub(super) connect: Field<bool>,
    /// Whether the role is to be able to use the schemas of the tables. Defaults to `true`.
    #[attribute(optional, default = true)]
    pub(super) usage: Field<bool>,
    /// Whether columns are enough where each of the publications lists some of a table, together
    /// with those of its filter and `ctid`. Otherwise the whole of it is to be readable. Defaults to `true`.
    #[attribute(optional, default = true)]
    pub(super) column_privileges: Field<bool>,
    /// Owners whose tables to come, in the schemas of what is published, the role is to read from
    /// their creation on, published or not.
    #[attribute(optional, validate = Validator::each(postgres_name::validator()))]
    pub(super) grant_future_tables_of: Field<BTreeSet<String>>,
    /// Tables that may be published to the role although row level security may hide rows of them
    /// from it. Others are refused.
    #[attribute(optional, validate = Validator::each(Validator::custom(check_table)))]
    pub(super) allow_row_security_on: Field<BTreeSet<String>>,
    /// What a destroy does: `revoke` takes back what was granted here, `retain` leaves it. Defaults
    /// to `revoke`.
    #[attribute(optional, default = "revoke", validate = Validator::one_of(["revoke", "retain"]))]
    pub(super) on_destroy: Field<String>,
    /// The tables on which something was granted here.
    #[attribute(computed, use_prior_state)]
    pub(super) granted_tables: Field<BTreeSet<String>>,
    /// `TARGET/DATABASE/ROLE`; TARGET is `cluster:IDENTIFIER`, `instance:IDENTIFIER` or `host:port`.
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
    pub(super) fn named(role: String) -> Self {
        use tfplugin::Model as _;

        Self {
            role: role.into(),
            ..Self::defaults()
        }
    }

    /// Whether a destroy leaves what was granted.
    pub(super) fn is_retained(&self) -> bool {
        self.on_destroy.known().map(String::as_str) == Some("retain")
    }
}

impl InDatabase for Model {
    const TITLE: &'static str = "Publication Grant";
    const NOUN: &'static str = "grant";
    const OBJECT: &'static str = "publication grant";
    const ID: &'static str = "TARGET/DATABASE/ROLE";
    const AFTER_TARGET: &'static str =
        "the PostgreSQL database, and after the second one the role's name";
    const ARGUMENT: &'static str = "role";

    fn name(&self) -> &Field<String> {
        &self.role
    }

    fn name_mut(&mut self) -> &mut Field<String> {
        &mut self.role
    }

    fn arguments(&self) -> &DatabaseArguments {
        &self.publisher
    }

    fn arguments_mut(&mut self) -> &mut DatabaseArguments {
        &mut self.publisher
    }

    fn id(&self) -> &Field<String> {
        &self.id
    }

    fn outcome_of_both(&self) -> &'static str {
        "Either the rights are taken and then given anew, and in between its copies fail, or the role ends without them."
    }

    fn database_ref(&self) -> DatabaseRef {
        let database_ref = self.publisher.database_ref();
        database_ref.named(self.database.clone())
    }

    fn names_another(&self, prior: &Self) -> bool {
        let differs = |now: &Field<String>, before| {
            now.known().is_some() && now != before && !Field::is_null(before)
        };
        differs(&self.role, &prior.role) || differs(&self.database, &prior.database)
    }

    fn path(&self) -> Option<String> {
        Some(format!("{}/{}", self.database.known()?, self.role.known()?))
    }
}

/// How `select` says it.
pub(super) fn select_text(select: Select) -> &'static str {
    match select {
        Select::Published => PUBLISHED,
        Select::Excess => "excess",
        Select::Missing => "missing",
        Select::None => "none",
    }
}

pub(super) fn is_true(field: &Field<bool>) -> bool {
    field.known() == Some(&true)
}

/// Refuses names that GRANT takes for something else than a role, also in quotes.
fn check_role(value: &Value) -> Result<(), String> {
    match value.as_str().unwrap_or_default() {
        "public" => Err("must not be \"public\", which means everybody".to_owned()),
        "none" => Err("must not be \"none\", which is no role".to_owned()),
        _ => postgres_name::check(value),
    }
}

/// Refuses what names no table.
fn check_table(value: &Value) -> Result<(), String> {
    TableName::parse(value.as_str().unwrap_or_default()).map(|_| ())
}
