//! What tells grants apart, and an import by it.

use async_trait::async_trait;
use tfplugin::{
    Context, Diagnostics, Field, Private, ResourceIdentity, resource::Imported,
    schema::IdentitySchema,
};

use super::{IMPORT, Model, PublicationGrant};
use crate::{
    operation::Operation,
    provider::Configured,
    resources::{
        account,
        in_database::{InDatabase as _, identity::PlaceIdentity, target},
        last_seen,
    },
};

/// The identity: a role in a database.
#[derive(Clone, Debug, tfplugin::Model)]
pub struct PublicationGrantIdentity {
    #[attributes]
    place: PlaceIdentity,
    /// The PostgreSQL database, exactly as PostgreSQL has it.
    #[attribute(required)]
    database: Field<String>,
    /// The role, exactly as PostgreSQL has it.
    #[attribute(required)]
    role: Field<String>,
}

#[async_trait]
impl ResourceIdentity<Configured> for PublicationGrant {
    type Identity = PublicationGrantIdentity;

    fn identity_schema(&self) -> IdentitySchema {
        IdentitySchema::of::<PublicationGrantIdentity>()
    }

    fn identity(&self, provider: &Configured, state: &Model) -> PublicationGrantIdentity {
        PublicationGrantIdentity {
            place: PlaceIdentity::of(provider, state),
            database: state.database.clone(),
            role: state.role.clone(),
        }
    }

    fn canonical_identity(&self, identity: PublicationGrantIdentity) -> PublicationGrantIdentity {
        PublicationGrantIdentity {
            place: identity.place.canonical(),
            ..identity
        }
    }

    async fn import_by_identity(
        &self,
        context: &Context,
        provider: &Configured,
        identity: PublicationGrantIdentity,
    ) -> Result<Imported<Model>, Diagnostics> {
        let operation = &Operation::look(context, IMPORT, account::TIMEOUT);
        let (database, database_ref) = identity.place.find::<Model>(provider, operation).await?;
        let mut state = Model {
            publisher: target::unread(provider, &database, database_ref),
            database: identity.database,
            ..Model::named(identity.role.or_default())
        };
        state.id = state.id_in(&database).into();
        let mut private = Private::default();
        last_seen::mark_imported(&mut private);
        Ok(Imported::new(state).keeping(private))
    }
}
