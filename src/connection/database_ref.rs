//! A reference to a database: the arguments of a resource that name one.

use tfplugin::{Diagnostic, Diagnostics, Field, Model};

use crate::{aws::rds::publisher::Identifier, operation::Operation, rds_name, region};

/// A reference to a database, which stands in place of the provider's default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatabaseRef {
    /// The publisher.
    pub identifier: Field<Identifier>,
    /// Its Region.
    pub region: Field<String>,
    /// The database of PostgreSQL in it; that of the provider's `postgres` block where none is named.
    pub name: Field<String>,
}

/// The publisher that two arguments name, of which at most one is set.
pub(super) fn identifier(
    cluster_identifier: &Field<String>,
    db_instance_identifier: &Field<String>,
) -> Field<Identifier> {
    match cluster_identifier {
        Field::Null => db_instance_identifier.clone().map(Identifier::Instance),
        cluster => cluster.clone().map(Identifier::Cluster),
    }
}

/// The arguments of whatever names a database of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Model)]
pub struct DatabaseArguments {
    /// Identifier of the DB cluster. At most one of `cluster_identifier` and
    /// `db_instance_identifier`. Defaults to the database of the provider's `postgres` block.
    #[attribute(
        optional,
        validate = rds_name::length(),
        validate = rds_name::validator("cluster_identifier")
    )]
    pub cluster_identifier: Field<String>,
    /// Identifier of the DB instance (RDS for PostgreSQL, in no cluster).
    #[attribute(
        optional,
        validate = rds_name::length(),
        validate = rds_name::validator("db_instance_identifier")
    )]
    pub db_instance_identifier: Field<String>,
    /// AWS Region of the cluster or instance that is named here. Defaults to the provider's.
    #[attribute(optional, validate = region::validator())]
    pub region: Field<String>,
}

impl DatabaseArguments {
    /// The publisher, which at most one of the two arguments names.
    pub fn identifier(&self) -> Field<Identifier> {
        identifier(&self.cluster_identifier, &self.db_instance_identifier)
    }

    /// The reference that they make.
    pub fn database_ref(&self) -> DatabaseRef {
        DatabaseRef {
            identifier: self.identifier(),
            region: self.region.clone(),
            name: Field::Null,
        }
    }
}

impl From<DatabaseRef> for DatabaseArguments {
    fn from(database_ref: DatabaseRef) -> Self {
        let argument = |name: &str| match &database_ref.identifier {
            Field::Known(identifier) if rds_name::argument(identifier) == name => {
                identifier.as_str().into()
            }
            Field::Known(_) | Field::Null | Field::Unknown => Field::Null,
        };
        Self {
            cluster_identifier: argument("cluster_identifier"),
            db_instance_identifier: argument("db_instance_identifier"),
            region: database_ref.region,
        }
    }
}

impl DatabaseRef {
    /// The database of that name in the same cluster or instance.
    #[must_use]
    pub fn named(self, name: Field<String>) -> Self {
        Self { name, ..self }
    }

    /// The same as RDS spells it, and as the imports of what is in it do.
    #[must_use]
    pub fn to_lowercase(&self) -> Self {
        let identifier = self.identifier.clone();
        Self {
            identifier: identifier.map(|identifier| identifier.to_lowercase()),
            ..self.clone()
        }
    }

    /// An error when a Region is named for nothing.
    pub fn validate(&self) -> Diagnostics {
        if self.identifier.is_null() && !self.region.is_null() {
            return Diagnostic::error(
                "Region Of Nothing",
                "`region` says where the cluster or instance is that the same block names. Set `cluster_identifier` \
                 or `db_instance_identifier` too, or remove `region`.",
            )
            .at("region")
            .into();
        }
        Diagnostics::new()
    }

    /// Refuses an ARN that has become known only now.
    ///
    /// # Errors
    /// That it is one, at the argument.
    pub fn refuse_arn(&self, operation: &Operation) -> Result<(), Diagnostic> {
        match &self.identifier {
            Field::Known(identifier) => rds_name::refuse_arn_of(operation, identifier),
            Field::Null | Field::Unknown => Ok(()),
        }
    }

    /// A complaint about the database, at the argument that names it.
    pub fn at_argument(&self, diagnostic: Diagnostic) -> Diagnostic {
        match &self.identifier {
            Field::Known(identifier) => diagnostic.at(rds_name::argument(identifier)),
            Field::Null | Field::Unknown => diagnostic,
        }
    }
}
