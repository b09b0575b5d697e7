//! `rdsiam_replication_users`: every role that can replicate or is in `rds_iam`, and what its connections
//! must show.

mod user;

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use tfplugin::{
    Context, DataSource, Diagnostic, Diagnostics, Field, Model as _,
    data_source::DataSourceRead,
    schema::{Schema, Validator},
    timeouts::{self, Timeouts},
};

use self::user::UserModel;
use crate::{
    connection::{DatabaseArguments, OpenDatabase},
    diagnostics,
    name_regex::NameRegex,
    operation::Operation,
    postgres::{
        self, Server,
        replication_user::{AuthRequirement, ExpectedAuth},
    },
    provider::Configured,
    scope::Scope,
};

/// How long reading may take, unless configured.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// The data source.
pub struct ReplicationUsers;

/// Every role that can replicate or is in `rds_iam`: by which memberships, what its normal and its
/// replication connections must show, how that is known, and who streams now.
#[derive(Clone, Debug, tfplugin::Model)]
#[model(at_most_one_of = ["cluster_identifier", "db_instance_identifier"])]
pub struct Model {
    #[attributes]
    database: DatabaseArguments,
    #[attributes]
    name_regex: NameRegex,
    /// What `replication_authentication` of the users is. Defaults to all of them.
    #[attribute(optional, validate = Validator::one_of(["iam", "password", "unknown"]))]
    authentication: Field<String>,
    /// Whether the server is asked, without credentials, what it demands of each login: two
    /// connections for each. Not possible through RDS Proxy. Defaults to `false`.
    #[attribute(optional)]
    probe_authentication: Field<bool>,
    /// The roles, by name.
    #[attribute(computed)]
    users: Field<Vec<UserModel>>,
    #[block(schema = timeouts::block([(timeouts::Operation::Read, TIMEOUT)]))]
    timeouts: Field<Timeouts>,
}

#[async_trait]
impl DataSource<Configured> for ReplicationUsers {
    type Model = Model;

    fn type_name(&self) -> &'static str {
        "rdsiam_replication_users"
    }

    fn schema(&self) -> Schema {
        Model::schema()
    }

    async fn validate(&self, _context: &Context, config: Model) -> Diagnostics {
        config.database.database_ref().validate()
    }

    async fn read(
        &self,
        context: &Context,
        provider: &Configured,
        config: Model,
    ) -> Result<DataSourceRead<Model>, Diagnostics> {
        let database_ref = config.database.database_ref();
        let timeout = timeouts::of(&config.timeouts).read(TIMEOUT);
        let operation = &Operation::new(context, "Read Replication Users", timeout);
        let scope = operation.scope();
        let OpenDatabase { database, endpoint } = provider.open(operation, &database_ref).await?;
        let connector = &endpoint.connector;
        let failed = |error: postgres::Error| {
            database_ref.at_argument(diagnostics::server(operation, &endpoint, &error))
        };
        let snapshot = connector.snapshot(scope).await.map_err(failed)?;
        let activity = connector.activity(scope).await.map_err(failed)?;
        // Without an answer of AWS nothing is held against the flag.
        let publisher = database.publisher(scope).await.ok().flatten();
        let iam = publisher.map(|publisher| publisher.iam_database_authentication_enabled);
        let matches = config.name_regex.compile(operation)?;
        let mut roles = snapshot.replication_roles();
        roles.retain(|role| matches.is_match(&role.name));
        let expected = roles
            .iter()
            .map(|role| (role.name.clone(), snapshot.expected_auth(&role.name, iam)))
            .collect();
        let (mut required, warnings) = match config.probe_authentication.known() {
            Some(true) => probe(connector, scope, expected).await,
            _ => (by_catalog(expected), Diagnostics::new()),
        };
        let users: Vec<UserModel> = roles
            .into_iter()
            .map(|role| {
                let required = required.remove(&role.name).unwrap_or_default();
                UserModel::new(role, &required, &activity)
            })
            .filter(|user| match config.authentication.known() {
                Some(wanted) => user.replication_authentication.known() == Some(wanted),
                None => true,
            })
            .collect();
        Ok(DataSourceRead::new(Model {
            users: users.into(),
            ..config
        })
        .reporting(warnings))
    }
}

/// What the catalog implies for each role.
fn by_catalog(
    expected: BTreeMap<String, Vec<ExpectedAuth>>,
) -> BTreeMap<String, Vec<AuthRequirement>> {
    expected
        .into_iter()
        .map(|(name, expected)| {
            let required = expected
                .into_iter()
                .map(AuthRequirement::by_catalog)
                .collect();
            (name, required)
        })
        .collect()
}

/// What the server demands of each role, and a warning about those that it could not be asked about: of
/// these the catalog counts.
async fn probe(
    connector: &Server,
    scope: &Scope,
    expected: BTreeMap<String, Vec<ExpectedAuth>>,
) -> (BTreeMap<String, Vec<AuthRequirement>>, Diagnostics) {
    let answers = connector.auth_requirements(scope, expected.clone()).await;
    let mut required = by_catalog(expected);
    let mut failures = Vec::new();
    for (name, answer) in answers {
        match answer {
            Ok(requested) => {
                required.insert(name, requested);
            }
            Err(error) => failures.push((name, error)),
        }
    }
    let warning = failures.first().map(|(name, error)| {
        Diagnostic::warning(
            "Authentication Not Probed",
            format!(
                "What {} demands of {} of the users could not be asked, of {name:?} for one: {error}. For these the \
                 catalog counts, and `normal_authentication_known_by` and `replication_authentication_known_by` \
                 say so.",
                connector.endpoint(),
                failures.len(),
            ),
        )
        .at("probe_authentication")
    });
    (required, warning.into_iter().collect())
}
