//! A resource that exists only in the state.

use std::collections::BTreeSet;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tfplugin::{
    Context, Diagnostic, Diagnostics, Field, MoveState, Private, Resource,
    move_state::{MoveRequest, MoveSource, Moved},
    resource::{
        Applied, CreateRequest, DeleteRequest, Failure, Imported, PlanRequest, PlanResponse,
        ReadRequest, ReadResponse, UpdateRequest,
    },
    schema::{Attribute, Block, Schema, Validator},
    value::Type,
};

use crate::{obey, token};

pub struct Thing;

#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ThingModel {
    id: Field<String>,
    name: Field<String>,
    size: Field<i64>,
    old: Field<String>,
    secret_wo: Field<String>,
    label: Field<BTreeSet<String>>,
    part: Field<Vec<Part>>,
    rule: Field<Vec<Rule>>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Part {
    label: Field<String>,
    made: Field<String>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Rule {
    allow: Field<String>,
}

impl ThingModel {
    /// The model with nothing unknown.
    fn made(mut self) -> Self {
        let name = self.name.or_default();
        if self.id.is_unknown() {
            self.id = format!("id-{name}").into();
        }
        if let Field::Known(parts) = &mut self.part {
            for part in parts {
                part.made = format!("{name}'s").into();
            }
        }
        self
    }
}

/// Remembers how long the secret is, which is all that is kept of it.
fn remember(private: &mut Private, secret: &Field<String>) -> Result<(), Diagnostic> {
    let length = secret.known().map(String::len);
    private
        .set("secret_length", &length)
        .map_err(|error| Diagnostic::error("Cannot Remember", error.to_string()))
}

#[async_trait]
impl Resource<String> for Thing {
    type Model = ThingModel;

    fn type_name(&self) -> &'static str {
        "golden_thing"
    }

    fn schema(&self) -> Schema {
        let part = [
            Attribute::string("label").required(),
            Attribute::string("made").computed(),
        ];
        Schema::new(1)
            .description("A thing.")
            .attribute(Attribute::string("id").computed().use_prior_state())
            .attribute(
                Attribute::string("name")
                    .required()
                    .requires_replace()
                    .validate(Validator::length(1..=8))
                    .description("Its name."),
            )
            .attribute(Attribute::int64("size").optional().default(10))
            .attribute(Attribute::string("old").optional().deprecated("Use name."))
            .attribute(
                Attribute::string("secret_wo")
                    .optional()
                    .write_only()
                    .sensitive(),
            )
            .attribute(Attribute::set("label", Type::String).optional())
            .attribute(Attribute::nested_list("part", part).optional())
            .block(
                Block::list("rule")
                    .items(0..=3)
                    .deprecated("Rules are no more.")
                    .attribute(Attribute::string("allow").required()),
            )
    }

    async fn validate(&self, _context: &Context, config: ThingModel) -> Diagnostics {
        match obey(&config.name) {
            Ok(()) => Diagnostics::new(),
            Err(error) => error.into(),
        }
    }

    async fn plan(
        &self,
        _context: &Context,
        _provider: &String,
        request: PlanRequest<ThingModel>,
    ) -> PlanResponse<ThingModel> {
        let known: Option<usize> = request.private.get("secret_length");
        let length = request.config.secret_wo.known().map(String::len);
        let is_changed = request.prior.is_some() && known != length;
        let obeyed = obey(&request.config.name);
        let mut response = PlanResponse::keep(request);
        if is_changed {
            response.requires_replace = vec!["secret_wo".into()];
        }
        response.diagnostics.extend(obeyed.err());
        response
    }

    async fn plan_destroy(
        &self,
        _context: &Context,
        _provider: &String,
        prior: ThingModel,
        _private: &Private,
    ) -> Diagnostics {
        match obey(&prior.name) {
            Ok(()) => Diagnostics::new(),
            Err(error) => error.into(),
        }
    }

    async fn create(
        &self,
        context: &Context,
        _provider: &String,
        request: CreateRequest<ThingModel>,
    ) -> Result<Applied<ThingModel>, Failure<ThingModel>> {
        if request.planned.name == Field::Known("patient".to_owned()) {
            // The token in the secret must outlive this.
            token::renewal(context).await;
        }
        let mut private = request.private;
        remember(&mut private, &request.config.secret_wo)?;
        let state = request.planned.made();
        if let Err(error) = obey(&state.name) {
            return Err(Failure::from(error).leaving(state).keeping(private));
        }
        Ok(Applied::new(state).keeping(private))
    }

    async fn read(
        &self,
        _context: &Context,
        _provider: &String,
        request: ReadRequest<ThingModel>,
    ) -> Result<ReadResponse<ThingModel>, Diagnostics> {
        obey(&request.state.name)?;
        let is_gone = request.state.name == Field::Known("gone".to_owned());
        Ok(ReadResponse::from((!is_gone).then_some(request.state)))
    }

    async fn update(
        &self,
        _context: &Context,
        _provider: &String,
        request: UpdateRequest<ThingModel>,
    ) -> Result<Applied<ThingModel>, Failure<ThingModel>> {
        obey(&request.planned.name)?;
        Ok(Applied::new(request.planned.made()))
    }

    async fn delete(
        &self,
        _context: &Context,
        _provider: &String,
        request: DeleteRequest<ThingModel>,
    ) -> Result<Diagnostics, Diagnostics> {
        obey(&request.prior.name)?;
        Ok(Diagnostic::warning("Deleted", "It is gone.").into())
    }

    async fn import(
        &self,
        _context: &Context,
        _provider: &String,
        id: &str,
    ) -> Result<Imported<ThingModel>, Diagnostics> {
        obey(&id.into())?;
        let mut private = Private::default();
        remember(&mut private, &Field::Null)?;
        Ok(Imported::new(ThingModel {
            id: id.into(),
            secret_wo: "leak".into(),
            ..ThingModel::default()
        })
        .keeping(private))
    }

    async fn upgrade(
        &self,
        _context: &Context,
        _version: i64,
        state: serde_json::Value,
    ) -> Result<ThingModel, Diagnostics> {
        let title = state["title"].as_str().unwrap_or_default();
        obey(&title.into())?;
        Ok(ThingModel {
            name: title.into(),
            secret_wo: "leak".into(),
            ..ThingModel::default()
        })
    }
}

#[async_trait]
impl MoveState<String> for Thing {
    fn move_sources(&self) -> Vec<MoveSource> {
        vec![
            MoveSource::new("tests/golden", "golden_old"),
            MoveSource::new("registry.terraform.io/tests/other", "golden_old"),
        ]
    }

    async fn move_state(
        &self,
        _context: &Context,
        request: MoveRequest,
    ) -> Result<Moved<ThingModel>, Diagnostics> {
        let name = request.state["name"].as_str().unwrap_or_default();
        obey(&name.into())?;
        let mut private = Private::from_bytes(&request.private)
            .map_err(|error| Diagnostic::error("Cannot Remember", error.to_string()))?;
        private.remove("stamp");
        remember(&mut private, &Field::Null)?;
        Ok(Moved::new(ThingModel {
            id: format!("id-{name}").into(),
            name: name.into(),
            size: 10.into(),
            secret_wo: "leak".into(),
            ..ThingModel::default()
        })
        .keeping(private))
    }
}
