//! Where an object is, in identities.

use std::sync::Arc;

use tfplugin::{Diagnostic, Field};

use super::InDatabase;
use crate::{
    connection::{Database, DatabaseArguments, DatabaseLookup, DatabaseRef},
    host,
    operation::Operation,
    provider::Configured,
    rds_name,
    resources::account,
};

/// The part of an identity that says in which cluster or instance, or on which host, an object is.
#[derive(Clone, Debug, tfplugin::Model)]
pub struct PlaceIdentity {
    /// The AWS account. An import compares it with that of the credentials.
    #[attribute(optional)]
    account_id: Field<String>,
    #[attributes(describe(
        cluster_identifier = "The DB cluster that it is in.",
        db_instance_identifier = "The DB instance that it is in.",
        region = "The AWS Region. Defaults to the provider's in an import.",
    ))]
    database: DatabaseArguments,
    /// `host:port` of the database, where the provider knows it by that alone.
    #[attribute(optional)]
    host: Field<String>,
}

impl PlaceIdentity {
    /// The place of an object that a state or plan is of; unknown while that is.
    pub(in crate::resources) fn of<M: InDatabase>(provider: &Configured, model: &M) -> Self {
        let database_ref = model.database_ref();
        match provider.databases.lookup(&database_ref) {
            DatabaseLookup::Known(database) => Self::new(provider, &database, &database_ref.region),
            DatabaseLookup::Unknown | DatabaseLookup::NotConfigured => Self {
                account_id: Field::Unknown,
                database: DatabaseArguments {
                    cluster_identifier: Field::Unknown,
                    db_instance_identifier: Field::Unknown,
                    region: Field::Unknown,
                },
                host: Field::Unknown,
            },
        }
    }

    /// The place that a database is in.
    pub(in crate::resources) fn new(
        provider: &Configured,
        database: &Database,
        region: &Field<String>,
    ) -> Self {
        let Some(identifier) = database.identifier() else {
            return Self {
                account_id: Field::Null,
                database: DatabaseArguments::default(),
                host: database.target().into(),
            };
        };
        let argument = |name: &str| match rds_name::argument(identifier) == name {
            true => database.target().into(),
            false => Field::Null,
        };
        Self {
            account_id: account::account_id(provider, region),
            database: DatabaseArguments {
                cluster_identifier: argument("cluster_identifier"),
                db_instance_identifier: argument("db_instance_identifier"),
                region: account::region(provider, region),
            },
            host: Field::Null,
        }
    }

    /// The same as RDS stores it.
    pub(in crate::resources) fn canonical(self) -> Self {
        Self {
            database: account::canonical(self.database),
            host: account::identifier_of_rds(self.host).map(host::with_brackets),
            ..self
        }
    }

    /// The database that an import by the identity means, which is not contacted.
    ///
    /// # Errors
    /// When that contradicts itself, the provider's block or the credentials.
    pub(in crate::resources) async fn find<M: InDatabase>(
        &self,
        provider: &Configured,
        operation: &Operation,
    ) -> Result<(Arc<Database>, DatabaseRef), Diagnostic> {
        let databases = [
            &self.database.cluster_identifier,
            &self.database.db_instance_identifier,
            &self.host,
        ];
        if databases.into_iter().filter(|one| !one.is_null()).count() > 1 {
            return Err(operation.error(format!(
                "Give at most one of cluster_identifier, db_instance_identifier and host in the identity: a {} is in one \
                 database.",
                M::OBJECT
            )));
        }
        let region = account::imported_region(provider, operation, self.database.region.clone())?;
        account::check_account(provider, operation, &self.account_id, &region).await?;
        let database_ref = DatabaseRef {
            identifier: self.database.identifier(),
            region,
            name: Field::Null,
        };
        database_ref.refuse_arn(operation)?;
        let database = provider.database(operation, &database_ref)?;
        let is_elsewhere = self
            .host
            .known()
            .is_some_and(|host| host::with_brackets(host.clone()) != database.target());
        if is_elsewhere {
            return Err(operation
                .error(format!(
                    "The identity is of a {} on {:?}, and the provider's `postgres` block points at {:?}. Only the \
                     provider block can name a host.",
                    M::OBJECT,
                    self.host.known().map_or("", String::as_str),
                    database.target()
                ))
                .at("host"));
        }
        Ok((database, database_ref))
    }
}
