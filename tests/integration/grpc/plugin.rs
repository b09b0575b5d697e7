//! The built provider as a process, and Terraform's side of it.

use std::collections::BTreeMap;

use rds_emulator::Cluster;
use serde_json::{Value as Json, json};
use terraform_client::{
    As, Identity, PATIENCE, Plugin, connect,
    proto::tfplugin6::{
        Diagnostic, DynamicValue, ResourceIdentityData, apply_resource_change, configure_provider,
        diagnostic::Severity, import_resource_state, plan_resource_change,
        provider_client::ProviderClient, read_resource,
    },
    provider_on,
};
use terraform_provider_rdsiam::provider::RdsIam;
use tfplugin::{
    ProviderSchema,
    testing::Encoded,
    value::{Type, Value},
};
use tonic::{Streaming, transport::Channel};

use crate::support::StandIn;

pub const USER: &str = "rdsiam_replication_user";
pub const PUBLICATION: &str = "rdsiam_publication";
pub const GRANT: &str = "rdsiam_publication_grant";
pub const SLOT: &str = "rdsiam_replication_slot";
pub const PARAMETER: &str = "rdsiam_replication_parameter";

/// A running provider with a client whose certificate it knows.
pub struct Provider {
    pub client: ProviderClient<Channel>,
    pub schema: ProviderSchema,
    /// Ends with this.
    _plugin: Plugin,
}

/// An object that was imported or read.
#[derive(Clone)]
pub struct Object {
    state: DynamicValue,
    private: Vec<u8>,
    identity: Option<ResourceIdentityData>,
}

impl Object {
    /// The same state with another identity.
    pub fn with_identity(self, identity: DynamicValue) -> Self {
        Self {
            identity: Some(ResourceIdentityData {
                identity_data: Some(identity),
            }),
            ..self
        }
    }

    /// The state as it was sent.
    pub fn into_state(self) -> DynamicValue {
        self.state
    }
}

impl Provider {
    /// Starts the built provider as Terraform does; nothing is configured.
    pub async fn start() -> Self {
        let terraform = Identity::generate();
        let program = env!("CARGO_BIN_EXE_terraform-provider-rdsiam");
        let plugin = Plugin::start(program, Some(&terraform))
            .await
            .expect("the provider starts");
        let channel = connect(&plugin, As::Holder(&terraform))
            .await
            .expect("a connection");
        Self {
            client: provider_on(channel),
            schema: ProviderSchema::of(RdsIam),
            _plugin: plugin,
        }
    }

    /// Starts the built provider with a `postgres` block that names the stand-in's first cluster.
    pub async fn configured(stand_in: &StandIn) -> Self {
        let identifier = &stand_in.cluster().identifier;
        Self::configured_with(stand_in, json!({"cluster_identifier": identifier})).await
    }

    /// As [`Self::configured`], and asks AWS not whose the credentials are.
    pub async fn configured_unchecked(stand_in: &StandIn) -> Self {
        let postgres = json!({"cluster_identifier": stand_in.cluster().identifier});
        Self::configured_as(stand_in, stand_in.cluster(), postgres, true).await
    }

    /// Starts the built provider with these arguments in its `postgres` block, and those that lead through
    /// the gate of the stand-in's first cluster.
    pub async fn configured_with(stand_in: &StandIn, postgres: Json) -> Self {
        Self::configured_as(stand_in, stand_in.cluster(), postgres, false).await
    }

    /// Starts the built provider with these arguments in its `postgres` block, and those that lead through
    /// the gate of a cluster.
    pub async fn configured_at(stand_in: &StandIn, cluster: &Cluster, postgres: Json) -> Self {
        Self::configured_as(stand_in, cluster, postgres, false).await
    }

    async fn configured_as(
        stand_in: &StandIn,
        cluster: &Cluster,
        mut postgres: Json,
        unchecked: bool,
    ) -> Self {
        let mut provider = Self::start().await;
        let connection = stand_in.connection();
        let endpoint = &connection.api_endpoint;
        postgres["connect_host"] = json!(cluster.connect_host);
        postgres["connect_port"] = json!(cluster.connect_port);
        postgres["sslrootcert"] = json!(connection.ca_file);
        let config = packed(
            &provider.schema.provider.r#type(),
            &json!({
                "region": connection.region,
                "access_key": connection.access_key_id,
                "secret_key": connection.secret_access_key,
                "skip_credentials_validation": unchecked,
                "endpoints": {"rds": endpoint, "sts": endpoint, "secretsmanager": endpoint},
                "postgres": postgres
            }),
        );
        let request = configure_provider::Request {
            terraform_version: "1.16.0".to_owned(),
            config: Some(config),
            client_capabilities: None,
        };
        let answer = provider.client.configure_provider(request).await;
        assert_eq!(answer.expect("an answer").into_inner().diagnostics, []);
        provider
    }

    /// The type of a resource's objects.
    pub fn resource_type(&self, type_name: &str) -> Type {
        self.schema.resources[type_name].r#type()
    }

    /// The type of a resource's identities.
    pub fn identity_type(&self, type_name: &str) -> Type {
        self.schema.identities[type_name].r#type()
    }

    /// Imports an object by its identity.
    ///
    /// # Errors
    /// What the provider says.
    pub async fn import_by_identity(
        &mut self,
        type_name: &str,
        identity: &Json,
    ) -> Result<Object, String> {
        let identity = packed(&self.identity_type(type_name), identity);
        let request = import_resource_state::Request {
            type_name: type_name.to_owned(),
            identity: Some(ResourceIdentityData {
                identity_data: Some(identity),
            }),
            ..import_resource_state::Request::default()
        };
        let answer = self.client.import_resource_state(request).await;
        let answer = answer.expect("an answer").into_inner();
        no_errors(&answer.diagnostics)?;
        let [imported] = answer.imported_resources.as_slice() else {
            panic!("one object is imported: {answer:?}");
        };
        Ok(Object {
            state: imported.state.clone().expect("a state"),
            private: imported.private.clone(),
            identity: imported.identity.clone(),
        })
    }

    /// Reads an object; `None` when it is gone.
    ///
    /// # Errors
    /// What the provider says.
    pub async fn read(
        &mut self,
        type_name: &str,
        object: Object,
    ) -> Result<Option<Object>, String> {
        let request = read_resource::Request {
            type_name: type_name.to_owned(),
            current_state: Some(object.state),
            private: object.private,
            current_identity: object.identity,
            ..read_resource::Request::default()
        };
        let answer = self.client.read_resource(request).await;
        let answer = answer.expect("an answer").into_inner();
        no_errors(&answer.diagnostics)?;
        let state = answer.new_state.expect("a state");
        let is_gone = unpacked(&self.resource_type(type_name), &state).is_null();
        Ok((!is_gone).then_some(Object {
            state,
            private: answer.private,
            identity: answer.new_identity,
        }))
    }

    /// Plans and applies a new object, as an apply does; nothing of it may be unknown.
    ///
    /// # Errors
    /// What the provider says; there is no state then.
    pub async fn create(&mut self, type_name: &str, config: &Json) -> Result<Object, String> {
        let r#type = self.resource_type(type_name);
        let config = packed(&r#type, config);
        let nothing = packed(&r#type, &Json::Null);
        let changed = self
            .change(type_name, nothing, Vec::new(), config.clone(), config)
            .await?;
        Ok(changed.expect("an object is made"))
    }

    /// Plans and applies the end of an object.
    ///
    /// # Errors
    /// What the provider says.
    pub async fn destroy(&mut self, type_name: &str, object: Object) -> Result<(), String> {
        let nothing = packed(&self.resource_type(type_name), &Json::Null);
        let (state, private) = (object.state, object.private);
        let changed = self
            .change(type_name, state, private, nothing.clone(), nothing)
            .await?;
        assert!(changed.is_none(), "it is destroyed");
        Ok(())
    }

    /// Plans and applies a change.
    async fn change(
        &mut self,
        type_name: &str,
        prior: DynamicValue,
        private: Vec<u8>,
        proposed: DynamicValue,
        config: DynamicValue,
    ) -> Result<Option<Object>, String> {
        let request = plan_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: Some(prior.clone()),
            proposed_new_state: Some(proposed),
            config: Some(config.clone()),
            prior_private: private,
            ..plan_resource_change::Request::default()
        };
        let answer = self.client.plan_resource_change(request).await;
        let planned = answer.expect("an answer").into_inner();
        no_errors(&planned.diagnostics)?;
        let request = apply_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: Some(prior),
            planned_state: planned.planned_state,
            config: Some(config),
            planned_private: planned.planned_private,
            planned_identity: planned.planned_identity,
            ..apply_resource_change::Request::default()
        };
        let answer = self.client.apply_resource_change(request).await;
        let applied = answer.expect("an answer").into_inner();
        no_errors(&applied.diagnostics)?;
        let state = applied.new_state.expect("a state");
        let is_gone = unpacked(&self.resource_type(type_name), &state).is_null();
        Ok((!is_gone).then_some(Object {
            state,
            private: applied.private,
            identity: applied.new_identity,
        }))
    }

    /// The attributes of an object.
    pub fn state(&self, type_name: &str, object: &Object) -> Json {
        unpacked(&self.resource_type(type_name), &object.state)
    }

    /// The identity of an object.
    pub fn identity(&self, type_name: &str, object: &Object) -> Json {
        self.identity_of(type_name, object.identity.as_ref())
    }

    /// What an identity says.
    pub fn identity_of(&self, type_name: &str, identity: Option<&ResourceIdentityData>) -> Json {
        let data = identity.and_then(|identity| identity.identity_data.as_ref());
        unpacked(&self.identity_type(type_name), data.expect("an identity"))
    }
}

/// A value of a type as Terraform sends it, with null, or no blocks, for what is not said.
pub fn packed(r#type: &Type, said: &Json) -> DynamicValue {
    let value = value(r#type, said);
    let encoded = Encoded::encode(&value, r#type).expect("a value of its type");
    DynamicValue {
        msgpack: encoded.msgpack,
        json: encoded.json,
    }
}

fn value(r#type: &Type, said: &Json) -> Value {
    match (r#type, said) {
        (Type::Object(attributes), Json::Object(said)) => {
            let unknown = said.keys().find(|name| !attributes.contains_key(*name));
            assert_eq!(unknown, None, "an attribute that is not there");
            let entry = |(name, r#type): (&String, &Type)| {
                let said = said.get(name).unwrap_or(&Json::Null);
                (name.clone(), value(r#type, said))
            };
            Value::Object(attributes.iter().map(entry).collect::<BTreeMap<_, _>>())
        }
        // A block that can be there more than once is never null.
        (Type::List(block), Json::Null) if matches!(**block, Type::Object(_)) => {
            Value::List(Vec::new())
        }
        (r#type, said) => {
            let json = Encoded {
                msgpack: Vec::new(),
                json: said.to_string().into_bytes(),
            };
            json.decode(r#type).expect("a value of its type")
        }
    }
}

/// A value of a type, wholly known, as JSON.
pub fn unpacked(r#type: &Type, value: &DynamicValue) -> Json {
    let encoded = Encoded {
        msgpack: value.msgpack.clone(),
        json: value.json.clone(),
    };
    let value = encoded.decode(r#type).expect("a value of its type");
    value.to_json().expect("a known value")
}

/// The errors among messages, as one text.
pub fn no_errors(diagnostics: &[Diagnostic]) -> Result<(), String> {
    let errors: Vec<String> = diagnostics
        .iter()
        .filter(|one| one.severity() == Severity::Error)
        .map(|one| format!("{} {} {:?}", one.summary, one.detail, one.attribute))
        .collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors.join("\n"))
    }
}

/// All events of a stream, up to its end.
pub async fn events<T>(mut stream: Streaming<T>) -> Vec<T> {
    let mut events = Vec::new();
    let all = async {
        while let Some(event) = stream.message().await.expect("no failure of the stream") {
            events.push(event);
        }
    };
    tokio::time::timeout(PATIENCE, all)
        .await
        .expect("the stream ends");
    events
}
