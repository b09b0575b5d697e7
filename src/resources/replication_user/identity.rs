//! What tells replication users apart, and an import by it.

use async_trait::async_trait;
use tfplugin::{
    Context, Diagnostics, Field, Private, ResourceIdentity, resource::Imported,
    schema::IdentitySchema,
};

use super::{IMPORT, Model, ReplicationUser, model::unread};
use crate::{
    connection::Database,
    operation::Operation,
    provider::Configured,
    resources::{account, in_database::identity::PlaceIdentity, last_seen},
};

/// The identity: a role in a database.
#[derive(Clone, Debug, tfplugin::Model)]
pub struct UserIdentity {
    #[attributes]
    place: PlaceIdentity,
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
        UserIdentity {
            place: PlaceIdentity::of(provider, state),
            name: state.name.clone(),
        }
    }

    fn canonical_identity(&self, identity: UserIdentity) -> UserIdentity {
        UserIdentity {
            place: identity.place.canonical(),
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
        let (database, database_ref) = identity.place.find::<Model>(provider, operation).await?;
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
        Self {
            place: PlaceIdentity::new(provider, database, region),
            name,
        }
    }
}
