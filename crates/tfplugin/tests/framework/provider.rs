//! A provider whose one resource does what the test at hand says.

use std::{collections::BTreeMap, sync::Mutex};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tfplugin::{
    Context, DataSource, Diagnostic, Diagnostics, Field, Function, Private, Provider, Registry,
    Resource,
    data_source::DataSourceRead,
    function::{FunctionError, Parameter, Signature},
    provider::ConfigureRequest,
    resource::{
        Applied, CreateRequest, DeleteRequest, Failure, Imported, PlanRequest, PlanResponse,
        ReadRequest, ReadResponse, UpdateRequest,
    },
    schema::{Attribute, Block, Schema, Validator},
    testing::TestProvider,
    timeouts::{self, Operation, Timeouts},
    value::{Number, Type, Value},
};

/// How the resource misbehaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Misbehavior {
    /// Not at all.
    #[default]
    None,
    /// Plans another name than configured.
    PlanOtherName,
    /// Plans differently each time.
    PlanAtRandom,
    /// Leaves the id unknown after apply.
    ForgetId,
    /// Stores another size than planned.
    StoreOtherSize,
    /// Fails after the object was made or changed.
    FailLate,
    /// Fails before anything was done.
    FailEarly,
    /// Asks to be replaced for a change of its tags, and for its unchanged name.
    ReplaceOnTags,
    /// Reads nothing.
    Gone,
}

/// The provider.
#[derive(Default)]
pub struct Test {
    pub misbehavior: Misbehavior,
}

#[derive(Deserialize)]
pub struct Config {
    misbehavior_known: Field<bool>,
}

pub struct Configured {
    misbehavior: Misbehavior,
    plans: Mutex<u32>,
}

pub const THING: &str = "test_thing";

/// A configured provider.
pub async fn test(misbehavior: Misbehavior) -> TestProvider<Test> {
    let provider = TestProvider::new(Test { misbehavior });
    let diagnostics = provider.configure(json!({})).await;
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    provider
}

/// The messages as `summary @ path`.
pub fn messages(diagnostics: &Diagnostics) -> Vec<String> {
    diagnostics
        .iter()
        .map(|diagnostic| match &diagnostic.attribute {
            Some(path) => format!("{} @ {path}", diagnostic.summary),
            None => diagnostic.summary.clone(),
        })
        .collect()
}

#[async_trait]
impl Provider for Test {
    type Config = Config;
    type Configured = Configured;

    fn name(&self) -> &'static str {
        "test"
    }

    fn version(&self) -> &'static str {
        "1.2.3"
    }

    fn schema(&self) -> Schema {
        Schema::new(0).attribute(Attribute::bool("misbehavior_known").optional())
    }

    async fn configure(
        &self,
        _context: &Context,
        request: ConfigureRequest<Config>,
    ) -> Result<(Configured, Diagnostics), Diagnostics> {
        if request.config.misbehavior_known == Field::Known(false) {
            return Err(Diagnostic::error("Misbehavior Not Known", "It must be.")
                .at("misbehavior_known")
                .into());
        }
        let configured = Configured {
            misbehavior: self.misbehavior,
            plans: Mutex::new(0),
        };
        Ok((configured, Diagnostics::new()))
    }

    fn register(&self, registry: &mut Registry<Configured>) {
        registry.resource(Thing).data_source(Look).function(Join);
    }
}

pub struct Thing;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Model {
    id: Field<String>,
    name: Field<String>,
    size: Field<u16>,
    ratio: Field<Number>,
    serial: Field<i64>,
    tags: Field<BTreeMap<String, String>>,
    password_wo: Field<String>,
    old: Field<String>,
    disk: Field<Vec<Disk>>,
    place: Field<Place>,
    rule: Field<Vec<Rule>>,
    port: Field<Vec<Port>>,
    timeouts: Field<Timeouts>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Disk {
    path: Field<String>,
    kind: Field<String>,
    device: Field<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Place {
    rack: Field<String>,
    room: Field<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Rule {
    allow: Field<String>,
    key_wo: Field<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Port {
    number: Option<i64>,
    protocol: Option<String>,
}

impl Model {
    /// Fills in what was unknown.
    fn made(mut self) -> Self {
        let name = self.name.or_default();
        if self.id.is_unknown() {
            self.id = format!("id-{name}").into();
        }
        if self.serial.is_unknown() {
            self.serial = 1.into();
        }
        if let Field::Known(disks) = &mut self.disk {
            for (index, disk) in disks.iter_mut().enumerate() {
                if disk.device.is_unknown() {
                    disk.device = format!("sd{index}").into();
                }
            }
        }
        self
    }
}

#[async_trait]
impl Resource<Configured> for Thing {
    type Model = Model;

    fn type_name(&self) -> &'static str {
        THING
    }

    fn schema(&self) -> Schema {
        Schema::new(2)
            .attribute(
                Attribute::string("name")
                    .required()
                    .requires_replace()
                    .validate(Validator::length(1..=8))
                    .validate(Validator::matches(
                        "^[a-z]*$",
                        "have lower-case letters only",
                    )),
            )
            .attribute(
                Attribute::int64("size")
                    .optional()
                    .default(10)
                    .validate(Validator::between(1, 70_000)),
            )
            .attribute(Attribute::number("ratio").optional())
            .attribute(Attribute::map("tags", Type::String).optional())
            .attribute(Attribute::string("password_wo").optional().write_only())
            .attribute(
                Attribute::string("old")
                    .optional()
                    .deprecated("Use name instead."),
            )
            .attribute(Attribute::string("id").computed().use_prior_state())
            .attribute(Attribute::int64("serial").computed())
            .attribute(
                Attribute::nested_list(
                    "disk",
                    [
                        Attribute::string("path").required(),
                        Attribute::string("kind")
                            .optional()
                            .default("ssd")
                            .validate(Validator::one_of(["ssd", "hdd"])),
                        Attribute::string("device").computed().use_prior_state(),
                    ],
                )
                .optional(),
            )
            .block(
                Block::single("place")
                    .attribute(Attribute::string("rack").optional().requires_replace())
                    .attribute(Attribute::string("room").optional())
                    .exactly_one_of(["rack", "room"]),
            )
            .block(
                Block::list("rule")
                    .attribute(Attribute::string("allow").required())
                    .attribute(Attribute::string("key_wo").optional().write_only()),
            )
            .block(
                Block::set("port")
                    .attribute(Attribute::int64("number").required().requires_replace())
                    .attribute(Attribute::string("protocol").optional().default("tcp")),
            )
            .block(timeouts::block([(
                Operation::Create,
                std::time::Duration::from_secs(60),
            )]))
            .at_most_one_of(["old", "tags"])
    }

    async fn validate(&self, _context: &Context, config: Model) -> Diagnostics {
        if config.name.known().map(String::as_str) == Some("forbidden") {
            return Diagnostic::error("Forbidden", "Not that one.")
                .at("name")
                .into();
        }
        Diagnostics::new()
    }

    async fn plan(
        &self,
        _context: &Context,
        provider: &Configured,
        request: PlanRequest<Model>,
    ) -> PlanResponse<Model> {
        let mut response = PlanResponse::keep(request);
        match provider.misbehavior {
            Misbehavior::PlanOtherName => response.planned.name = "other".into(),
            Misbehavior::PlanAtRandom => {
                let mut plans = provider.plans.lock().expect("it is there");
                *plans += 1;
                response.planned.serial = i64::from(*plans).into();
            }
            Misbehavior::ReplaceOnTags => {
                response.requires_replace = vec!["tags".into(), "name".into(), "nowhere".into()];
            }
            _ => {}
        }
        response
    }

    async fn plan_destroy(
        &self,
        _context: &Context,
        _provider: &Configured,
        prior: Model,
        _private: &Private,
    ) -> Diagnostics {
        if prior.name.known().map(String::as_str) == Some("keeper") {
            return Diagnostic::error("Kept", "It is kept.").into();
        }
        Diagnostics::new()
    }

    async fn create(
        &self,
        _context: &Context,
        provider: &Configured,
        request: CreateRequest<Model>,
    ) -> Result<Applied<Model>, Failure<Model>> {
        let mut private = request.private;
        private
            .set(
                "secret_known",
                &request.config.password_wo.known().is_some(),
            )
            .map_err(|error| Diagnostic::error("Private", error.to_string()))?;
        let planned = request.planned.clone();
        let mut state = request.planned.made();
        match provider.misbehavior {
            Misbehavior::FailEarly => {
                return Err(Diagnostic::error("No", "Nothing was done.").into());
            }
            Misbehavior::FailLate => {
                return Err(
                    Failure::from(Diagnostic::error("Late", "It was made, but."))
                        .leaving(Model {
                            id: state.id,
                            ..planned
                        })
                        .keeping(private),
                );
            }
            Misbehavior::ForgetId => state.id = Field::Unknown,
            Misbehavior::StoreOtherSize => state.size = 99.into(),
            _ => {}
        }
        Ok(Applied::new(state).keeping(private))
    }

    async fn read(
        &self,
        _context: &Context,
        provider: &Configured,
        request: ReadRequest<Model>,
    ) -> Result<ReadResponse<Model>, Diagnostics> {
        let state = match provider.misbehavior {
            Misbehavior::Gone => None,
            Misbehavior::FailEarly => {
                return Err(Diagnostic::error("No", "Nothing was read.").into());
            }
            Misbehavior::ForgetId => Some(Model {
                id: Field::Unknown,
                ..request.state
            }),
            _ => Some(request.state),
        };
        Ok(ReadResponse::from(state))
    }

    async fn update(
        &self,
        _context: &Context,
        provider: &Configured,
        request: UpdateRequest<Model>,
    ) -> Result<Applied<Model>, Failure<Model>> {
        match provider.misbehavior {
            Misbehavior::FailEarly => {
                return Err(Diagnostic::error("No", "Nothing was done.").into());
            }
            Misbehavior::FailLate => {
                return Err(
                    Failure::from(Diagnostic::error("Late", "Half of it.")).leaving(Model {
                        size: request.planned.size,
                        ..request.prior
                    }),
                );
            }
            _ => {}
        }
        Ok(Applied::new(request.planned.made()))
    }

    async fn delete(
        &self,
        _context: &Context,
        provider: &Configured,
        _request: DeleteRequest<Model>,
    ) -> Result<Diagnostics, Diagnostics> {
        match provider.misbehavior {
            Misbehavior::FailEarly => Err(Diagnostic::error("No", "Nothing was done.").into()),
            _ => Ok(Diagnostics::new()),
        }
    }

    async fn import(
        &self,
        _context: &Context,
        _provider: &Configured,
        id: &str,
    ) -> Result<Imported<Model>, Diagnostics> {
        Ok(Imported::new(Model {
            id: id.into(),
            name: Field::Unknown,
            size: Field::Null,
            ratio: Field::Null,
            serial: Field::Null,
            tags: Field::Null,
            password_wo: "leak".into(),
            old: Field::Null,
            disk: Field::Null,
            place: Field::Null,
            rule: Field::Null,
            port: Field::Null,
            timeouts: Field::Null,
        }))
    }

    async fn upgrade(
        &self,
        _context: &Context,
        version: i64,
        state: serde_json::Value,
    ) -> Result<Model, Diagnostics> {
        #[derive(Deserialize)]
        struct Old {
            title: Field<String>,
            size: Field<u16>,
        }
        if version != 1 {
            return Err(Diagnostic::error("Too Old", "Version 0 was never released.").into());
        }
        let old: Old = serde_json::from_value(state)
            .map_err(|error| Diagnostic::error("Unreadable", error.to_string()))?;
        Ok(Model {
            id: Field::Null,
            name: old.title,
            size: old.size,
            ratio: Field::Null,
            serial: Field::Null,
            tags: Field::Null,
            password_wo: "leak".into(),
            old: Field::Null,
            disk: Field::Null,
            place: Field::Null,
            rule: Field::Null,
            port: Field::Null,
            timeouts: Field::Null,
        })
    }
}

struct Look;

#[derive(Serialize, Deserialize)]
struct LookModel {
    at: Field<String>,
    seen: Field<String>,
}

#[async_trait]
impl DataSource<Configured> for Look {
    type Model = LookModel;

    fn type_name(&self) -> &'static str {
        "test_look"
    }

    fn schema(&self) -> Schema {
        Schema::new(0)
            .attribute(Attribute::string("at").required())
            .attribute(Attribute::string("seen").computed())
    }

    async fn read(
        &self,
        _context: &Context,
        provider: &Configured,
        mut config: LookModel,
    ) -> Result<DataSourceRead<LookModel>, Diagnostics> {
        config.seen = match provider.misbehavior {
            Misbehavior::ForgetId => Field::Unknown,
            _ => "something".into(),
        };
        if provider.misbehavior == Misbehavior::PlanOtherName {
            config.at = "elsewhere".into();
        }
        Ok(DataSourceRead::new(config))
    }
}

struct Join;

impl Function for Join {
    type Arguments = (String, Vec<Field<String>>);

    fn name(&self) -> &'static str {
        "join"
    }

    fn signature(&self) -> Signature {
        Signature::new(Type::String)
            .parameter(Parameter::new("separator", Type::String))
            .variadic(Parameter::new("part", Type::String).allow_null())
            .summary("Joins.")
            .description("Joins.")
    }

    fn call(&self, (separator, parts): Self::Arguments) -> Result<Value, FunctionError> {
        if separator == "number" {
            return Ok(1.into());
        }
        let texts: Vec<String> = parts.into_iter().filter_map(Field::into_known).collect();
        Ok(texts.join(&separator).into())
    }
}
