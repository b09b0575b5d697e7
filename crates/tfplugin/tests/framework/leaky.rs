//! A resource that puts values where none belong, and one of sets.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tfplugin::{
    Context, Diagnostics, Field, Resource,
    resource::{
        Applied, CreateRequest, DeleteRequest, Failure, Imported, PlanRequest, PlanResponse,
        ReadRequest, ReadResponse, UpdateRequest,
    },
    schema::{Attribute, Block, Schema},
};

pub const LEAKY: &str = "test_leaky";

/// A resource each of whose answers has values in its write-only attributes.
pub struct Leaky;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LeakyModel {
    pub id: Field<String>,
    pub name: Field<String>,
    pub note: Field<String>,
    pub tone: Field<String>,
    pub old: Field<String>,
    pub serial: Field<i64>,
    pub key_wo: Field<String>,
    pub part: Field<Vec<Part>>,
    pub rule: Field<Vec<Rule>>,
    pub legacy: Field<Vec<Legacy>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    pub label: Field<String>,
    pub made: Field<String>,
    pub key_wo: Field<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rule {
    pub allow: Field<String>,
    pub key_wo: Field<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Legacy {
    pub text: Field<String>,
}

impl LeakyModel {
    /// The model with nothing unknown, and with values where none belong.
    pub fn leaked(mut self) -> Self {
        if !matches!(self.id, Field::Known(_)) {
            self.id = "made".into();
        }
        self.serial = 7.into();
        self.key_wo = "leak".into();
        if let Field::Known(parts) = &mut self.part {
            for part in parts {
                part.made = "made".into();
                part.key_wo = "leak".into();
            }
        }
        if let Field::Known(rules) = &mut self.rule {
            for rule in rules {
                rule.key_wo = "leak".into();
            }
        }
        self
    }

    /// One of everything, leaked.
    pub fn full(name: &str) -> Self {
        let part = Part {
            label: "a".into(),
            made: Field::Null,
            key_wo: Field::Null,
        };
        let rule = Rule {
            allow: "all".into(),
            key_wo: Field::Null,
        };
        Self {
            name: name.into(),
            note: "".into(),
            tone: "".into(),
            part: vec![part].into(),
            rule: vec![rule].into(),
            ..Self::default()
        }
        .leaked()
    }
}

#[async_trait]
impl Resource<()> for Leaky {
    type Model = LeakyModel;

    fn type_name(&self) -> &'static str {
        LEAKY
    }

    fn schema(&self) -> Schema {
        let key = || Attribute::string("key_wo").optional().write_only();
        let part = [
            Attribute::string("label").required(),
            Attribute::string("made").computed(),
            key(),
        ];
        Schema::new(1)
            .attribute(Attribute::string("id").optional().computed())
            .attribute(Attribute::string("name").required())
            .attribute(Attribute::string("note").optional())
            .attribute(Attribute::string("tone").optional().default("warm"))
            .attribute(Attribute::string("old").optional().deprecated("Use note."))
            .attribute(Attribute::int64("serial").computed())
            .attribute(key())
            .attribute(Attribute::nested_list("part", part).optional())
            .block(
                Block::list("rule")
                    .attribute(Attribute::string("allow").required())
                    .attribute(key()),
            )
            .block(
                Block::list("legacy")
                    .deprecated("Use rule.")
                    .attribute(Attribute::string("text").optional()),
            )
    }

    async fn plan(
        &self,
        _context: &Context,
        _provider: &(),
        request: PlanRequest<LeakyModel>,
    ) -> PlanResponse<LeakyModel> {
        let is_new_key = request.config.key_wo == Field::Known("new".to_owned());
        let mut response = PlanResponse::keep(request);
        response.planned.key_wo = "leak".into();
        if let Field::Known(rules) = &mut response.planned.rule {
            for rule in rules {
                rule.key_wo = "leak".into();
            }
        }
        if is_new_key {
            response.requires_replace = vec!["key_wo".into(), "name".into()];
        }
        response
    }

    async fn create(
        &self,
        _context: &Context,
        _provider: &(),
        request: CreateRequest<LeakyModel>,
    ) -> Result<Applied<LeakyModel>, Failure<LeakyModel>> {
        let state = request.planned.leaked();
        if state.name == Field::Known("late".to_owned()) {
            return Err(
                Failure::from(tfplugin::Diagnostic::error("Late", "It was made, but."))
                    .leaving(state),
            );
        }
        Ok(Applied::new(state))
    }

    async fn read(
        &self,
        _context: &Context,
        _provider: &(),
        request: ReadRequest<LeakyModel>,
    ) -> Result<ReadResponse<LeakyModel>, Diagnostics> {
        Ok(ReadResponse::found(request.state.leaked()))
    }

    async fn update(
        &self,
        _context: &Context,
        _provider: &(),
        request: UpdateRequest<LeakyModel>,
    ) -> Result<Applied<LeakyModel>, Failure<LeakyModel>> {
        Ok(Applied::new(request.planned.leaked()))
    }

    async fn delete(
        &self,
        _context: &Context,
        _provider: &(),
        _request: DeleteRequest<LeakyModel>,
    ) -> Result<Diagnostics, Diagnostics> {
        Ok(Diagnostics::new())
    }

    async fn import(
        &self,
        _context: &Context,
        _provider: &(),
        id: &str,
    ) -> Result<Imported<LeakyModel>, Diagnostics> {
        Ok(Imported::new(LeakyModel::full(id)))
    }

    async fn upgrade(
        &self,
        _context: &Context,
        _version: i64,
        _state: serde_json::Value,
    ) -> Result<LeakyModel, Diagnostics> {
        Ok(LeakyModel::full("upgraded"))
    }
}

/// A resource of sets, to be validated only.
pub struct Crowd;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CrowdModel {}

#[async_trait]
impl Resource<()> for Crowd {
    type Model = CrowdModel;

    fn type_name(&self) -> &'static str {
        "test_crowd"
    }

    fn schema(&self) -> Schema {
        let old = || Attribute::string("old").optional().deprecated("Use name.");
        Schema::new(0)
            .attribute(Attribute::nested_set("guest", [old()]).optional())
            .block(
                Block::set("member")
                    .attribute(Attribute::string("name").optional())
                    .attribute(old())
                    .at_most_one_of(["name", "old"]),
            )
    }

    async fn create(
        &self,
        _context: &Context,
        _provider: &(),
        request: CreateRequest<CrowdModel>,
    ) -> Result<Applied<CrowdModel>, Failure<CrowdModel>> {
        Ok(Applied::new(request.planned))
    }

    async fn read(
        &self,
        _context: &Context,
        _provider: &(),
        request: ReadRequest<CrowdModel>,
    ) -> Result<ReadResponse<CrowdModel>, Diagnostics> {
        Ok(ReadResponse::found(request.state))
    }

    async fn update(
        &self,
        _context: &Context,
        _provider: &(),
        request: UpdateRequest<CrowdModel>,
    ) -> Result<Applied<CrowdModel>, Failure<CrowdModel>> {
        Ok(Applied::new(request.planned))
    }

    async fn delete(
        &self,
        _context: &Context,
        _provider: &(),
        _request: DeleteRequest<CrowdModel>,
    ) -> Result<Diagnostics, Diagnostics> {
        Ok(Diagnostics::new())
    }
}
