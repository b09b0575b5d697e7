//! What tells replication users apart, and an import by it.

use async_trait::async_trait;
use tfplugin::{
    Context, Diagnostics, Field, Private, ResourceIdentity, resource::Imported,
    schema::IdentitySchema,
};

use super::{
    IMPORT, Model, ReplicationUser,
    target::{database_ref, unread},
};
use crate::{
    connection::{Database, DatabaseArguments, DatabaseLookup, DatabaseRef},
    host,
    operation::Operation,
    provider::Configured,
    rds_name,
    resources::{account, last_seen},
};

/// The identity: a role in a database.
#[derive(Clone, Debug, tfplugin::Model)]
pub struct UserIdentity {
    /// The AWS account. An import compares it with that of the credentials.
    #[attribute(optional)]
    account_id: Field<String>,
    #[attributes(describe(
        cluster_identifier = "The DB cluster that the role is in.",
        db_instance_identifier = "The DB instance that the role is in.",
        region = "The AWS Region. Defaults to the provider's in an import.",
    ))]
    database: DatabaseArguments,
    /// `host:port` of the database, where the provider knows it by that alone.
    #[attribute(optional)]
    host: Field<String>,
    /// Name of the role, exactly as PostgreSQL has it.
    #[attribute(required)]
    name: Field<String>,
}

#[async_trait]
impl ResourceIdentity<Configured> for ReplicationUser {
    type Identity = UserIdentity;

    fn identity_schema(&self) -> IdentitySchema {
        IdentitySchema::of::<UserIdentity>()
    }

    fn identity(&self, provider: &Configured, state: &Model) -> UserIdentity {
        let database_ref = database_ref(state);
        match provider.databases.lookup(&database_ref) {
            DatabaseLookup::Known(database) => UserIdentity::new(
                provider,
                &database,
                &database_ref.region,
                state.name.clone(),
            ),
            DatabaseLookup::Unknown | DatabaseLookup::NotConfigured => UserIdentity {
                account_id: Field::Unknown,
                database: DatabaseArguments {
                    cluster_identifier: Field::Unknown,
                    db_instance_identifier: Field::Unknown,
                    region: Field::Unknown,
                },
                host: Field::Unknown,
                name: state.name.clone(),
            },
        }
    }

    fn canonical_identity(&self, identity: UserIdentity) -> UserIdentity {
        UserIdentity {
            database: account::canonical(identity.database),
            host: account::identifier_of_rds(identity.host).map(host::with_brackets),
            ..identity
        }
    }

    async fn import_by_identity(
        &self,
        context: &Context,
        provider: &Configured,
        identity: UserIdentity,
    ) -> Result<Imported<Model>, Diagnostics> {
        let operation = &Operation::look(context, IMPORT, account::TIMEOUT);
        let databases = [
            &identity.database.cluster_identifier,
            &identity.database.db_instance_identifier,
            &identity.host,
        ];
        if databases.into_iter().filter(|one| !one.is_null()).count() > 1 {
            let detail = "Give at most one of cluster_identifier, db_instance_identifier and host in the identity: a role \
                          is in one database.";
            return Err(operation.error(detail).into());
        }
        let region =
            account::imported_region(provider, operation, identity.database.region.clone())?;
        account::check_account(provider, operation, &identity.account_id, &region).await?;
        let database_ref = DatabaseRef {
            identifier: identity.database.identifier(),
            region,
        };
        database_ref.refuse_arn(operation)?;
        let database = provider.database(operation, &database_ref)?;
        let is_elsewhere = identity
            .host
            .known()
            .is_some_and(|host| host::with_brackets(host.clone()) != database.target());
        if is_elsewhere {
            return Err(operation.error(format!(
                "The identity is of a role on {:?}, and the provider's `postgres` block points at {:?}. Only the \
                 provider block can name a host.",
                identity.host.known().map_or("", String::as_str),
                database.target()
            ))
            .at("host")
            .into());
        }
        let name = identity.name.or_default();
        let state = unread(provider, &database, database_ref, name);
        let mut private = Private::default();
        last_seen::mark_imported(&mut private);
        Ok(Imported::new(state).keeping(private))
    }
}

impl UserIdentity {
    /// The identity of a role in a database.
    pub(super) fn new(
        provider: &Configured,
        database: &Database,
        region: &Field<String>,
        name: Field<String>,
    ) -> Self {
        let Some(identifier) = database.identifier() else {
            return Self {
                account_id: Field::Null,
                database: DatabaseArguments::default(),
                host: database.target().into(),
                name,
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
            name,
        }
    }
}
