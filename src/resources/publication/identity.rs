//! What tells publications apart, and an import by it.

use async_trait::async_trait;
use tfplugin::{
    Context, Diagnostics, Field, Private, ResourceIdentity, resource::Imported,
    schema::IdentitySchema,
};

use super::{IMPORT, Model, Publication};
use crate::{
    operation::Operation,
    provider::Configured,
    resources::{
        account,
        in_database::{InDatabase as _, identity::PlaceIdentity, target},
        last_seen,
    },
};

/// The identity: a publication in a database.
#[derive(Clone, Debug, tfplugin::Model)]
pub struct PublicationIdentity {
    #[attributes]
    place: PlaceIdentity,
    /// The PostgreSQL database, exactly as PostgreSQL has it.
    #[attribute(required)]
    database: Field<String>,
    /// Name of the publication, exactly as PostgreSQL has it.
    #[attribute(required)]
    name: Field<String>,
}

#[async_trait]
impl ResourceIdentity<Configured> for Publication {
    type Identity = PublicationIdentity;

    fn identity_schema(&self) -> IdentitySchema {
        IdentitySchema::of::<PublicationIdentity>()
    }

    fn identity(&self, provider: &Configured, state: &Model) -> PublicationIdentity {
        PublicationIdentity::of(provider, state)
    }

    fn canonical_identity(&self, identity: PublicationIdentity) -> PublicationIdentity {
        PublicationIdentity {
            place: identity.place.canonical(),
            ..identity
        }
    }

    async fn import_by_identity(
        &self,
        context: &Context,
        provider: &Configured,
        identity: PublicationIdentity,
    ) -> Result<Imported<Model>, Diagnostics> {
        let operation = &Operation::look(context, IMPORT, account::TIMEOUT);
        let (database, database_ref) = identity.place.find::<Model>(provider, operation).await?;
        let mut state = Model {
            publisher: target::unread(provider, &database, database_ref),
            database: identity.database,
            ..Model::named(identity.name.or_default())
        };
        state.id = state.id_in(&database).into();
        let mut private = Private::default();
        last_seen::mark_imported(&mut private);
        Ok(Imported::new(state).keeping(private))
    }
}

impl PublicationIdentity {
    /// The identity of a publication that a state is of.
    pub(super) fn of(provider: &Configured, state: &Model) -> Self {
        Self {
            place: PlaceIdentity::of(provider, state),
            database: state.database.clone(),
            name: state.name.clone(),
        }
    }
}
