//! The configuration, plan and state of a publication.

use std::collections::{BTreeMap, BTreeSet};

use tfplugin::{
    Field,
    schema::Validator,
    timeouts::{self, Operation, Timeouts},
    value::Value,
};

use super::TIMEOUT;
use crate::{
    connection::{DatabaseArguments, DatabaseRef},
    postgres::{
        TableName,
        publication::{Operations, check_filter},
    },
    postgres_name,
    resources::in_database::InDatabase,
};

/// A publication: which tables of a database are published for logical replication, and what of them.
#[derive(Clone, Debug, tfplugin::Model)]
#[model(
    at_most_one_of = ["cluster_identifier", "db_instance_identifier"],
    at_most_one_of = ["all_tables", "tables"],
    at_most_one_of = ["all_tables", "schemas"]
)]
pub struct Model {
    /// Name of the publication. A change replaces the resource.
    #[attribute(required, requires_replace_once_known, validate = postgres_name::validator())]
    pub(super) name: Field<String>,
    #[attributes(describe(
        cluster_identifier = "Identifier of the DB cluster that the publication is in. At most one of \
                              `cluster_identifier` and `db_instance_identifier`. Defaults to that of the \
                              provider's `postgres` block. A change to another one replaces the resource.",
        db_instance_identifier = "Identifier of the DB instance (RDS for PostgreSQL, in no cluster) that the \
                                  publication is in. A change to another one replaces the resource.",
        region = "AWS Region of the cluster or instance that is named here. Defaults to the provider's. A \
                  change to another Region replaces the resource.",
    ))]
    pub(super) publisher: DatabaseArguments,
    /// The PostgreSQL database that the publication is in. Defaults to that of the provider's
    /// `postgres` block when the publication is created. A change replaces the resource.
    #[attribute(
        optional,
        computed,
        use_prior_state,
        requires_replace_once_known,
        validate = postgres_name::validator()
    )]
    pub(super) database: Field<String>,
    /// Whether all tables of the database are published, those to come included. Not together with
    /// `tables` and `schemas`. Takes a superuser, or what RDS lets `rds_superuser` do. Defaults to
    /// `false`.
    #[attribute(optional, default = false)]
    pub(super) all_tables: Field<bool>,
    /// The tables that are published, by `schema.table`; a name with a dot in it stands in double
    /// quotes. Each may say which columns and rows.
    #[attribute(optional, validate = Validator::custom(check_tables))]
    pub(super) tables: Field<BTreeMap<String, TableModel>>,
    /// Schemas of which all tables are published, those to come included. PostgreSQL 15 or later.
    /// Takes a superuser, or what RDS lets `rds_superuser` do.
    #[attribute(optional, validate = Validator::each(postgres_name::validator()))]
    pub(super) schemas: Field<BTreeSet<String>>,
    /// The operations that are published: `insert`, `update`, `delete`, `truncate`. Defaults to all
    /// four.
    #[attribute(
        optional,
        default = every_operation(),
        validate = Validator::each(Validator::one_of(Operations::NAMES))
    )]
    pub(super) publish: Field<BTreeSet<String>>,
    /// Whether changes of a partition are published as those of the partitioned table. PostgreSQL
    /// 13 or later. Defaults to `false`.
    #[attribute(optional, default = false)]
    pub(super) publish_via_partition_root: Field<bool>,
    /// Which generated columns are published: `none` or `stored`. PostgreSQL 18 or later. Defaults
    /// to `none`.
    #[attribute(optional, default = "none", validate = Validator::one_of(["none", "stored"]))]
    pub(super) publish_generated_columns: Field<String>,
    /// Owner of the publication. Where none is named, it stays as it is.
    #[attribute(
        optional,
        computed,
        use_prior_state,
        validate = postgres_name::validator()
    )]
    pub(super) owner: Field<String>,
    /// Tables that may be published although their UPDATEs or DELETEs fail from then on, since they
    /// have no fitting replica identity. Others are refused.
    #[attribute(optional, validate = Validator::each(Validator::custom(check_table)))]
    pub(super) allow_without_replica_identity: Field<BTreeSet<String>>,
    /// Whether an update waits for those who write to a table that joins, so that no running stream
    /// loses it: `always`, `never`, or `auto`, where the server is not known to keep it. Defaults to
    /// `auto`.
    #[attribute(
        optional,
        default = "auto",
        validate = Validator::one_of(["auto", "always", "never"])
    )]
    pub(super) wait_for_writers: Field<String>,
    /// What a destroy does: `drop` drops the publication, `retain` leaves it. Defaults to `drop`.
    #[attribute(optional, default = "drop", validate = Validator::one_of(["drop", "retain"]))]
    pub(super) on_destroy: Field<String>,
    /// `TARGET/DATABASE/NAME`; TARGET is `cluster:IDENTIFIER`, `instance:IDENTIFIER` or `host:port`.
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

/// What is published of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, tfplugin::Model)]
pub struct TableModel {
    /// The columns that are published. Defaults to all that there are and come. PostgreSQL 15 or
    /// later.
    #[attribute(optional, validate = Validator::custom(check_columns))]
    pub(super) columns: Field<BTreeSet<String>>,
    /// Row filter: the rows that are published are those for which this SQL expression is true.
    /// PostgreSQL 15 or later.
    #[attribute(optional, validate = Validator::custom(check_where))]
    pub(super) r#where: Field<String>,
}

impl Model {
    /// A state of which only the name is known: the arguments' defaults where the server has no say.
    pub(super) fn named(name: String) -> Self {
        use tfplugin::Model as _;

        Self {
            name: name.into(),
            ..Self::defaults()
        }
    }
}

impl InDatabase for Model {
    const TITLE: &'static str = "Publication";
    const NOUN: &'static str = "publication";
    const OBJECT: &'static str = "publication";
    const ID: &'static str = "TARGET/DATABASE/NAME";
    const AFTER_TARGET: &'static str =
        "the PostgreSQL database, and after the second one the publication's name";

    fn name(&self) -> &Field<String> {
        &self.name
    }

    fn name_mut(&mut self) -> &mut Field<String> {
        &mut self.name
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
        "Either the publication is dropped and then created anew, and in between each stream that names it fails or sends \
         nothing, or the creation is refused because it is still there."
    }

    fn database_ref(&self) -> DatabaseRef {
        let database_ref = self.publisher.database_ref();
        database_ref.named(self.database.clone())
    }

    fn names_another(&self, prior: &Self) -> bool {
        let differs = |now: &Field<String>, before| {
            now.known().is_some() && now != before && !Field::is_null(before)
        };
        differs(&self.name, &prior.name) || differs(&self.database, &prior.database)
    }

    fn path(&self) -> Option<String> {
        Some(format!("{}/{}", self.database.known()?, self.name.known()?))
    }
}

pub(super) fn is_true(field: &Field<bool>) -> bool {
    field.known() == Some(&true)
}

pub(super) fn is_retained(model: &Model) -> bool {
    model.on_destroy.known().map(String::as_str) == Some("retain")
}

/// The default of `publish`.
fn every_operation() -> BTreeSet<String> {
    Operations::NAMES.map(str::to_owned).into()
}

/// Refuses what names no table.
fn check_table(value: &Value) -> Result<(), String> {
    TableName::parse(value.as_str().unwrap_or_default()).map(|_| ())
}

/// Refuses keys that name no table, and two that name the same one.
fn check_tables(value: &Value) -> Result<(), String> {
    let Value::Map(tables) = value else {
        return Ok(());
    };
    let mut names = BTreeMap::new();
    for (key, table) in tables {
        let name = TableName::parse(key)
            .map_err(|reason| format!("has the key {key:?}, which {reason}"))?;
        if table.is_null() {
            return Err(format!(
                "has no value for {key:?}: write {{}} for the whole table"
            ));
        }
        if let Some(other) = names.insert(name, key) {
            return Err(format!("names one table twice, as {other:?} and {key:?}"));
        }
    }
    Ok(())
}

/// Refuses no columns at all, and names that PostgreSQL would not keep.
fn check_columns(value: &Value) -> Result<(), String> {
    // What a table can have.
    Validator::length(1..=1600).check(value)?;
    Validator::each(postgres_name::validator()).check(value)
}

/// Refuses what is not one expression.
fn check_where(value: &Value) -> Result<(), String> {
    check_filter(value.as_str().unwrap_or_default())
}
