//! What tells slices of toast apart, and which there are.

use async_trait::async_trait;
use tfplugin::{
    Context, Diagnostics, Field, ListResource, Model, ResourceIdentity,
    list_resource::{ListItem, ListRequest, ListResults},
    resource::Imported,
    schema::{IdentitySchema, Schema},
};

use crate::{
    Toast, ToastModel,
    kitchen::{Kitchen, failed},
};

/// The name is all that it takes.
#[derive(Model)]
pub struct ToastIdentity {
    /// The name of the slice.
    #[attribute(required)]
    name: Field<String>,
}

#[async_trait]
impl ResourceIdentity<Kitchen> for Toast {
    type Identity = ToastIdentity;

    fn identity_schema(&self) -> IdentitySchema {
        IdentitySchema::of::<ToastIdentity>()
    }

    fn identity(&self, _kitchen: &Kitchen, toast: &ToastModel) -> ToastIdentity {
        ToastIdentity {
            name: toast.name.clone(),
        }
    }

    async fn import_by_identity(
        &self,
        _context: &Context,
        _kitchen: &Kitchen,
        identity: ToastIdentity,
    ) -> Result<Imported<ToastModel>, Diagnostics> {
        let name = identity.name.or_default();
        Ok(Imported::new(ToastModel::named(&name)))
    }
}

/// The slices of toast that are ready.
#[derive(Model)]
#[model(config_only)]
pub struct ToastList {
    /// What their names start with.
    #[attribute(optional)]
    prefix: Field<String>,
}

#[async_trait]
impl ListResource<Kitchen> for Toast {
    type ListConfig = ToastList;

    fn list_schema(&self) -> Schema {
        ToastList::schema()
    }

    async fn list(
        &self,
        _context: &Context,
        kitchen: &Kitchen,
        request: ListRequest<ToastList>,
        results: &mut ListResults<'_, ListItem<ToastModel, ToastIdentity>>,
    ) -> Result<(), Diagnostics> {
        let prefix = request.config.prefix.or_default();
        for name in kitchen.slices()? {
            if !name.starts_with(&prefix) {
                continue;
            }
            let resource = if request.include_resource {
                let json = std::fs::read(kitchen.file(&name)?)
                    .and_then(|json| Ok(serde_json::from_slice(&json)?));
                Some(json.map_err(|error| failed("Read a Slice", &name, &error))?)
            } else {
                None
            };
            results
                .send(
                    ListItem::new(
                        ToastIdentity {
                            name: name.as_str().into(),
                        },
                        name,
                    )
                    .with_state(resource),
                )
                .await;
        }
        Ok(())
    }
}
