//! `rdsiam_auth_token`: an IAM token for one user, which is in no plan and no state.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_smithy_types::{DateTime, date_time::Format};
use serde::{Deserialize, Serialize, Serializer};
use tfplugin::{
    Context, Diagnostic, Diagnostics, EphemeralResource, Field, Model as _,
    ephemeral_resource::Opened,
    model::AttributeValue,
    schema::{AttributeType, Schema, Validator},
};

use crate::{
    aws::{
        auth_token,
        rds::{
            lookup,
            publisher::{Identifier, Publisher},
        },
    },
    connection::{DatabaseArguments, PORT},
    diagnostics, host,
    operation::Operation,
    postgres_name,
    provider::Configured,
    rds_name,
    secret::Secret,
};

/// How long looking up an endpoint and getting credentials may take.
const TIMEOUT: Duration = Duration::from_secs(2 * 60);

/// The ephemeral resource.
pub struct AuthToken;

/// An IAM token with which a database user logs in, for the configuration of another provider. It
/// is in no plan and no state, lasts 15 minutes, and is not renewed: each run opens a fresh one.
/// Signing calls no API; an identifier is looked up once.
#[derive(Clone, Debug, tfplugin::Model)]
#[model(exactly_one_of = ["cluster_identifier", "db_instance_identifier", "host"])]
pub struct Model {
    /// Name of the database user that logs in, exactly as PostgreSQL has it.
    #[attribute(required, validate = postgres_name::validator())]
    username: Field<String>,
    #[attributes(describe(
        cluster_identifier = "Identifier of the DB cluster, whose writer endpoint and port are looked up. \
                              Exactly one of `cluster_identifier`, `db_instance_identifier` and `host`.",
        db_instance_identifier = "Identifier of the DB instance (RDS for PostgreSQL, in no cluster), looked \
                                  up likewise.",
        region = "AWS Region of the database. Defaults to the one in the host name, then to the provider's.",
    ))]
    database: DatabaseArguments,
    /// Endpoint as RDS names it, also where the connection goes through a tunnel: the token is
    /// signed for it. Looked up where an identifier is given.
    #[attribute(optional, computed, validate = host::validator("port"))]
    host: Field<String>,
    /// Port of the endpoint. Defaults to the one looked up, or to 5432.
    #[attribute(optional, computed, validate = Validator::between(1, 65535))]
    port: Field<u16>,
    /// The token, to be used as the password.
    #[attribute(computed, sensitive)]
    token: Field<Token>,
    /// Until when RDS accepts the token for a login, in RFC 3339: 15 minutes, or less if the
    /// credentials expire before that. A session that is established goes on.
    #[attribute(computed)]
    expires_at: Field<String>,
}

/// A token, which Terraform itself gets and marks as sensitive: the one secret that is written.
#[derive(Clone, Debug, Deserialize)]
struct Token(Secret);

impl Serialize for Token {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.expose().serialize(serializer)
    }
}

impl AttributeValue for Token {
    fn attribute_type() -> AttributeType {
        Secret::attribute_type()
    }
}

#[async_trait]
impl EphemeralResource<Configured> for AuthToken {
    type Model = Model;

    fn type_name(&self) -> &'static str {
        "rdsiam_auth_token"
    }

    fn schema(&self) -> Schema {
        Model::schema()
    }

    async fn open(
        &self,
        context: &Context,
        provider: &Configured,
        config: Model,
    ) -> Result<Opened<Model>, Diagnostics> {
        let operation = &Operation::new(context, "Sign An IAM Token", TIMEOUT);
        let scope = operation.scope();
        let clients = provider
            .clients(&config.database.region)
            .ok_or_else(|| not_known(operation))?;
        // The schema says so of a configuration; here it has become known.
        host::check_known("host", "`port`", &config.host)
            .map_err(|detail| operation.error(detail).at("host"))?;
        let identifier = config.database.identifier();
        let publisher = match identifier.known() {
            Some(identifier) => {
                rds_name::refuse_arn_of(operation, identifier)?;
                let found = lookup::find(&clients, scope, identifier)
                    .await
                    .map_err(|error| diagnostics::aws(operation, &error))?
                    .ok_or_else(|| nowhere(operation, identifier, &clients.location()))
                    .map_err(|error| error.at(rds_name::argument(identifier)))?;
                Some(found)
            }
            None => None,
        };
        let host = match (&config.host, &publisher) {
            (Field::Known(host), _) => host.clone(),
            (_, Some(publisher)) => publisher
                .endpoint
                .clone()
                .ok_or_else(|| no_endpoint(operation, publisher))?,
            _ => String::new(),
        };
        let of_publisher = publisher.as_ref().and_then(|publisher| publisher.port);
        let port = config
            .port
            .known()
            .copied()
            .or(of_publisher)
            .unwrap_or(PORT);
        let username = config.username.or_default();
        let region = config.database.region.known().map(String::as_str);
        let region = region.or(publisher.as_ref().and_then(Publisher::region));
        let signed = auth_token::sign(&clients, scope, &host, port, region, &username)
            .await
            .map_err(|error| diagnostics::aws(operation, &error))?;
        let in_doubt = diagnostics::token_in_doubt(&signed.signed_for, publisher.as_ref());
        let mut opened = Opened::new(Model {
            host: host.into(),
            port: port.into(),
            expires_at: rfc3339(operation, signed.signed_for.expires_at)?.into(),
            token: Token(signed.secret).into(),
            ..config
        });
        opened.diagnostics.extend(in_doubt);
        Ok(opened)
    }
}

/// A time as RFC 3339 has it, in whole seconds.
fn rfc3339(operation: &Operation, time: SystemTime) -> Result<String, Diagnostic> {
    let seconds = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| DateTime::from_secs(seconds).fmt(Format::DateTime).ok())
        .ok_or_else(|| operation.error("The clock of this machine is wrong."))
}

fn not_known(operation: &Operation) -> Diagnostic {
    operation.error(
        "The provider's AWS settings depend on values that are still unknown. Apply the resources that they come from \
         first.",
    )
}

fn nowhere(operation: &Operation, identifier: &Identifier, place: &str) -> Diagnostic {
    operation.error(format!(
        "There is no {identifier} in {place}. Check the identifier, the Region and the account; what the same apply \
         creates has to be named by a reference, so that the token waits for it."
    ))
}

fn no_endpoint(operation: &Operation, publisher: &Publisher) -> Diagnostic {
    operation.error(format!(
        "The {} has no endpoint yet. Wait until it is available.",
        publisher.name()
    ))
}
