//! What tells slots apart, and an import by it.

use async_trait::async_trait;
use tfplugin::{
    Context, Diagnostics, Field, Private, ResourceIdentity, resource::Imported,
    schema::IdentitySchema,
};

use super::{IMPORT, Model, ReplicationSlot};
use crate::{
    operation::Operation,
    provider::Configured,
    resources::{
        account,
        in_database::{InDatabase as _, identity::PlaceIdentity, target},
        last_seen,
    },
};

/// The identity: a slot of a server.
#[derive(Clone, Debug, tfplugin::Model)]
pub struct SlotIdentity {
    #[attributes]
    place: PlaceIdentity,
    /// Name of the slot.
    #[attribute(required)]
    name: Field<String>,
}

#[async_trait]
impl ResourceIdentity<Configured> for ReplicationSlot {
    type Identity = SlotIdentity;

    fn identity_schema(&self) -> IdentitySchema {
        IdentitySchema::of::<SlotIdentity>()
    }

    fn identity(&self, provider: &Configured, state: &Model) -> SlotIdentity {
        SlotIdentity::of(provider, state)
    }

    fn canonical_identity(&self, identity: SlotIdentity) -> SlotIdentity {
        SlotIdentity {
            place: identity.place.canonical(),
            ..identity
        }
    }

    async fn import_by_identity(
        &self,
        context: &Context,
        provider: &Configured,
        identity: SlotIdentity,
    ) -> Result<Imported<Model>, Diagnostics> {
        let operation = &Operation::look(context, IMPORT, account::TIMEOUT);
        let (database, database_ref) = identity.place.find::<Model>(provider, operation).await?;
        let mut state = Model {
            publisher: target::unread(provider, &database, database_ref),
            ..Model::named(identity.name.or_default())
        };
        state.id = state.id_in(&database).into();
        let mut private = Private::default();
        last_seen::mark_imported(&mut private);
        Ok(Imported::new(state).keeping(private))
    }
}

impl SlotIdentity {
    /// The identity of a slot that a state is of.
    pub(super) fn of(provider: &Configured, state: &Model) -> Self {
        Self {
            place: PlaceIdentity::of(provider, state),
            name: state.name.clone(),
        }
    }
}
