//! Slices of toast: a managed resource.

use std::{io, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tfplugin::{
    Context, Diagnostic, Diagnostics, Field, GenerateConfig, MoveState, Private, Resource,
    generate_config::{GenerateRequest, Generated},
    move_state::{MoveRequest, MoveSource, Moved},
    resource::{
        Applied, CreateRequest, DeleteRequest, Failure, Imported, ReadRequest, ReadResponse,
        UpdateRequest,
    },
    schema::{Attribute, Schema, Validator},
    timeouts::{self, Operation, Timeouts},
    value::Type,
};

use super::{Kitchen, failed};

/// A slice of toast.
pub struct Toast;

#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ToastModel {
    id: Field<String>,
    name: Field<String>,
    browning: Field<i64>,
    toppings: Field<Vec<String>>,
    crumbs: Field<i64>,
    note_wo: Field<String>,
    timeouts: Field<Timeouts>,
}

/// How brown a slice gets, unless configured.
const BROWNING: i64 = 3;

/// How long a slice takes, unless configured.
const PATIENCE: Duration = Duration::from_secs(180);

impl Toast {
    fn write(kitchen: &Kitchen, mut toast: ToastModel) -> Result<ToastModel, Diagnostic> {
        let name = toast.name.known().cloned().unwrap_or_default();
        toast.crumbs = (7 * toast.browning.known().copied().unwrap_or_default()).into();
        toast.id = name.clone().into();
        let file = kitchen.file(&name, "toast")?;
        serde_json::to_vec_pretty(&toast)
            .map_err(io::Error::from)
            .and_then(|json| std::fs::write(&file, json))
            .map_err(|error| failed("Toast a Slice", &name, &error))?;
        Ok(toast)
    }
}

#[async_trait]
impl Resource<Kitchen> for Toast {
    type Model = ToastModel;

    fn type_name(&self) -> &'static str {
        "toaster_toast"
    }

    fn schema(&self) -> Schema {
        Schema::new(0)
            .description("A slice of toast.")
            .attribute(
                Attribute::string("name")
                    .required()
                    .requires_replace()
                    .validate(Validator::matches(
                        "^[a-z]+$",
                        "consist of lower-case letters",
                    ))
                    .description("The name of the slice. A change replaces it."),
            )
            .attribute(
                Attribute::int64("browning")
                    .optional()
                    .default(BROWNING)
                    .validate(Validator::between(1, 6))
                    .description("How brown it gets, from 1 to 6. Defaults to `3`."),
            )
            .attribute(
                Attribute::list("toppings", Type::String)
                    .optional()
                    .description("What is on it, from the bottom up."),
            )
            .attribute(
                Attribute::string("note_wo")
                    .optional()
                    .write_only()
                    .description("A note to the cook, which nobody keeps."),
            )
            .attribute(
                Attribute::string("id")
                    .computed()
                    .use_prior_state()
                    .description("The name."),
            )
            .attribute(
                Attribute::int64("crumbs")
                    .computed()
                    .description("How many crumbs it left."),
            )
            .block(timeouts::block([(Operation::Create, PATIENCE)]))
    }

    async fn create(
        &self,
        _context: &Context,
        kitchen: &Kitchen,
        request: CreateRequest<ToastModel>,
    ) -> Result<Applied<ToastModel>, Failure<ToastModel>> {
        let name = request.planned.name.known().cloned().unwrap_or_default();
        if kitchen.file(&name, "toast")?.exists() {
            let detail = format!("There is a slice {name:?} already; import it.");
            return Err(Diagnostic::error("Cannot Toast a Slice", detail)
                .at("name")
                .into());
        }
        Ok(Applied {
            state: Self::write(kitchen, request.planned)?,
            private: request.private,
            diagnostics: Diagnostics::new(),
        })
    }

    async fn read(
        &self,
        _context: &Context,
        kitchen: &Kitchen,
        request: ReadRequest<ToastModel>,
    ) -> Result<ReadResponse<ToastModel>, Diagnostics> {
        let name = request.state.name.known().cloned().unwrap_or_default();
        let file = kitchen.file(&name, "toast")?;
        let state = match std::fs::read(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            read => {
                let read: ToastModel = read
                    .and_then(|json| Ok(serde_json::from_slice(&json)?))
                    .map_err(|error| failed("Read a Slice", &name, &error))?;
                Some(ToastModel {
                    timeouts: request.state.timeouts,
                    ..read
                })
            }
        };
        Ok(ReadResponse {
            state,
            private: request.private,
            diagnostics: Diagnostics::new(),
        })
    }

    async fn update(
        &self,
        _context: &Context,
        kitchen: &Kitchen,
        request: UpdateRequest<ToastModel>,
    ) -> Result<Applied<ToastModel>, Failure<ToastModel>> {
        Ok(Applied {
            state: Self::write(kitchen, request.planned)?,
            private: request.private,
            diagnostics: Diagnostics::new(),
        })
    }

    async fn delete(
        &self,
        _context: &Context,
        kitchen: &Kitchen,
        request: DeleteRequest<ToastModel>,
    ) -> Result<Diagnostics, Diagnostics> {
        let name = request.prior.name.known().cloned().unwrap_or_default();
        match std::fs::remove_file(kitchen.file(&name, "toast")?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(failed("Eat a Slice", &name, &error).into())
            }
            Ok(()) | Err(_) => Ok(Diagnostics::new()),
        }
    }

    async fn import(
        &self,
        _context: &Context,
        _kitchen: &Kitchen,
        id: &str,
    ) -> Result<Imported<ToastModel>, Diagnostics> {
        Ok(Imported {
            state: ToastModel {
                id: id.into(),
                name: id.into(),
                ..ToastModel::default()
            },
            private: Private::default(),
            diagnostics: Diagnostics::new(),
        })
    }
}

/// The baker's slices are toast as well.
#[async_trait]
impl MoveState<Kitchen> for Toast {
    fn move_sources(&self) -> Vec<MoveSource> {
        vec![MoveSource::new("example/bakery", "bakery_slice").schema_versions(0..=1)]
    }

    async fn move_state(
        &self,
        _context: &Context,
        request: MoveRequest,
    ) -> Result<Moved<ToastModel>, Diagnostics> {
        #[derive(Deserialize)]
        struct Slice {
            label: Field<String>,
        }
        let slice: Slice = serde_json::from_value(request.state).map_err(|error| {
            Diagnostic::error("Cannot Move a Slice", format!("Not a slice: {error}."))
        })?;
        Ok(Moved {
            state: ToastModel {
                id: slice.label.clone(),
                name: slice.label,
                ..ToastModel::default()
            },
            private: Private::default(),
            diagnostics: Diagnostics::new(),
        })
    }
}

#[async_trait]
impl GenerateConfig<Kitchen> for Toast {
    async fn generate_config(
        &self,
        _context: &Context,
        request: GenerateRequest<ToastModel>,
    ) -> Result<Generated<ToastModel>, Diagnostics> {
        let mut config = request.proposed;
        if config.browning == Field::Known(BROWNING) {
            // Nobody writes what is the default.
            config.browning = Field::Null;
        }
        Ok(Generated {
            config,
            diagnostics: Diagnostics::new(),
        })
    }
}
