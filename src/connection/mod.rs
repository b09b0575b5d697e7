//! The `postgres` block of the provider: its attributes, what they mean together with the
//! environment, and the connector that they make.
//!
//! [`settings`] turns the block and the `PG*` variables into [`settings::Settings`] without
//! contacting anything; [`database`] finds the publisher and makes the connector at first use.

mod access;
mod circumstances;
mod database;
mod database_ref;
mod environment;
mod error;
mod in_flight;
mod login;
mod origin;
mod overrides;
mod password_source;
mod settings;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tfplugin::{AttributePath, Diagnostics, Field, Model, schema::Validator};

pub use self::{
    access::{Access, LoginMethod},
    circumstances::{Circumstances, Reached},
    database::{Database, Endpoint, OpenDatabase},
    database_ref::{DatabaseArguments, DatabaseRef},
    environment::Environment,
    error::{Error, NoSecret},
    origin::{Origin, Origins},
    overrides::{Override, Replaced},
    settings::PORT,
};
use self::{
    overrides::Told,
    settings::{DatabaseAddress, Settings},
};
use crate::{
    aws::{self, rds},
    host,
    postgres::{SslMode, WriteCounter},
    postgres_name, rds_name,
    scope::Scope,
    secret::Secret,
};

/// How databases are reached, and which one a resource means that names none. Nothing is contacted
/// before it is needed. The `PG*` variables of libpq count only where this block names no
/// alternative.
#[derive(Clone, Debug, Default, Model)]
#[model(
    config_only,
    at_most_one_of = ["cluster_identifier", "db_instance_identifier", "host"],
    at_most_one_of = ["password", "iam_auth", "secret_arn"]
)]
pub struct PostgresModel {
    /// Identifier of the DB cluster. Its writer endpoint, port, database name, master user and
    /// managed secret are looked up. At most one of `cluster_identifier`, `db_instance_identifier`
    /// and `host`; with none of them each resource names its own.
    #[attribute(
        optional,
        validate = rds_name::length(),
        validate = rds_name::validator("cluster_identifier")
    )]
    cluster_identifier: Field<String>,
    /// Identifier of the DB instance (RDS for PostgreSQL, in no cluster), looked up likewise.
    #[attribute(
        optional,
        validate = rds_name::length(),
        validate = rds_name::validator("db_instance_identifier")
    )]
    db_instance_identifier: Field<String>,
    /// Endpoint of the database, as RDS names it: tokens and certificates carry this name. Defaults
    /// to `PGHOST` when no identifier is given either.
    #[attribute(optional, validate = host::validator("port"))]
    host: Field<String>,
    /// Port of the endpoint. Defaults to the one looked up, or to `PGPORT`, then 5432.
    #[attribute(optional, validate = Validator::between(1, 65535))]
    port: Field<u16>,
    /// Database to connect to; roles are the same in each. Defaults to `PGDATABASE`, then to the
    /// one looked up, then to `postgres`.
    #[attribute(optional, validate = postgres_name::validator())]
    database: Field<String>,
    /// User that grants. Defaults to `PGUSER`, then to the master user or the secret's.
    #[attribute(optional, validate = postgres_name::validator())]
    username: Field<String>,
    /// Password of the user. At most one of `password`, `iam_auth` and `secret_arn`. Defaults to
    /// `PGPASSWORD`, then to the managed secret if the user is the master user.
    #[attribute(optional, sensitive)]
    password: Field<Secret>,
    /// Whether the user logs in with IAM tokens, one signed for each physical connection. Defaults
    /// to `false`.
    #[attribute(optional)]
    iam_auth: Field<bool>,
    /// ARN of a secret in AWS Secrets Manager with `username` and `password`, read for each
    /// physical connection, in the ARN's Region.
    #[attribute(optional)]
    secret_arn: Field<String>,
    /// How TLS is used, in libpq's words: `disable`, `allow`, `prefer`, `require` (encrypts; with
    /// root certificates as `verify-ca`, else verifies nothing), `verify-ca`, `verify-full`.
    /// Defaults to `PGSSLMODE`, then `verify-full`.
    #[attribute(optional, validate = Validator::one_of(SslMode::ALL.map(SslMode::as_str)))]
    sslmode: Field<String>,
    /// Root certificates in place of those shipped (Amazon RDS) and the platform's: a path, PEM
    /// text, or `system` for those of the platform alone. Defaults to `PGSSLROOTCERT`.
    #[attribute(optional)]
    sslrootcert: Field<String>,
    /// Host to open the TCP connection to, such as a tunnel's end. Tokens and the certificate's
    /// name stay those of the endpoint. Defaults to `PGHOSTADDR`, then to the endpoint.
    #[attribute(optional, validate = host::validator("connect_port"))]
    connect_host: Field<String>,
    /// Port to open the TCP connection to. Defaults to the endpoint's.
    #[attribute(optional, validate = Validator::between(1, 65535))]
    connect_port: Field<u16>,
    /// Seconds that one attempt to connect may take, from the look-up of the name to the end of the log-in. Defaults to `PGCONNECT_TIMEOUT`, then 10.
    #[attribute(optional, validate = Validator::between(1, 3600))]
    connect_timeout: Field<u64>,
    /// Connections that are open at once at most. Defaults to 4.
    #[attribute(optional, validate = Validator::between(1, 100))]
    max_connections: Field<usize>,
}

/// Checks the block together with the environment; values may be unknown.
pub fn validate(model: &PostgresModel, environment: &Environment) -> Diagnostics {
    match Settings::new(model, environment) {
        Ok(_) => Diagnostics::new(),
        Err(diagnostics) => diagnostics,
    }
}

/// The way to a name inside the `postgres` block.
fn attribute(name: &str) -> AttributePath {
    AttributePath::root("postgres").attribute(name)
}

/// The databases that the provider block and the resources name, each made once.
#[derive(Debug)]
pub struct Databases {
    defaults: Defaults,
    databases: Mutex<BTreeMap<DatabaseKey, Arc<Database>>>,
    /// Those of all databases: a host and an identifier may mean the same one.
    writes: Arc<WriteCounter>,
    told: Arc<Told>,
}

/// What tells one database from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct DatabaseKey {
    /// When it is not the provider's.
    region: Option<String>,
    address: DatabaseAddress,
    /// When it is not the provider's.
    name: Option<String>,
}

/// What holds for every database.
#[derive(Debug)]
enum Defaults {
    /// Something in the provider block becomes known only after apply.
    Unknown,
    Known {
        /// Whether there is a `postgres` block.
        given: bool,
        settings: Box<Settings>,
        aws: Arc<aws::Regions>,
    },
}

/// What is known of the database that a resource means.
#[derive(Clone, Debug)]
pub enum DatabaseLookup {
    /// Neither the resource nor the provider names one.
    NotConfigured,
    /// Something that says where the database is becomes known only after apply.
    Unknown,
    /// Known; contacted at first use.
    Known(Arc<Database>),
}

impl Databases {
    /// The databases that the provider block and the environment describe.
    ///
    /// # Errors
    /// When they contradict themselves, at the attribute to blame.
    pub fn new(
        model: &Field<PostgresModel>,
        aws: Option<&Arc<aws::Regions>>,
        environment: &Environment,
    ) -> Result<Self, Diagnostics> {
        let settings = match model {
            Field::Unknown => None,
            Field::Null => Settings::new(&PostgresModel::default(), environment)?,
            Field::Known(model) => Settings::new(model, environment)?,
        };
        let defaults = match (settings, aws) {
            (Some(settings), Some(aws)) => Defaults::Known {
                given: !model.is_null(),
                settings: Box::new(settings),
                aws: aws.clone(),
            },
            _ => Defaults::Unknown,
        };
        Ok(Self {
            defaults,
            databases: Mutex::default(),
            writes: Arc::default(),
            told: Arc::default(),
        })
    }

    /// The database that a resource names, or else the provider block.
    pub fn lookup(&self, database_ref: &DatabaseRef) -> DatabaseLookup {
        let Defaults::Known { settings, aws, .. } = &self.defaults else {
            return DatabaseLookup::Unknown;
        };
        let named_address = match (&database_ref.identifier, &database_ref.region) {
            (Field::Unknown, _) | (_, Field::Unknown) => return DatabaseLookup::Unknown,
            (Field::Known(identifier), _) => {
                Some(DatabaseAddress::Identifier(identifier.to_lowercase()))
            }
            (Field::Null, _) => settings.address.clone(),
        };
        let Some(address) = named_address else {
            return DatabaseLookup::NotConfigured;
        };
        let region = database_ref
            .region
            .known()
            .filter(|region| !aws.is_home(region))
            .cloned();
        let is_default = region.is_none() && settings.address.as_ref() == Some(&address);
        let name = match &database_ref.name {
            Field::Unknown => return DatabaseLookup::Unknown,
            Field::Known(name) => Some(name),
            Field::Null => None,
        };
        let configured = settings.database.as_ref().map(|name| &name.value);
        let name = name.filter(|name| configured != Some(name)).cloned();
        let settings = if is_default {
            settings.as_ref().clone()
        } else {
            settings.of_another(address.clone())
        };
        let mut databases = self
            .databases
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut key = DatabaseKey {
            region,
            address,
            name: None,
        };
        let database = databases.entry(key.clone()).or_insert_with(|| {
            Arc::new(Database::new(
                key.address.clone(),
                settings,
                aws.clients_in(key.region.as_deref()),
                self.writes.clone(),
                self.told.clone(),
            ))
        });
        let Some(name) = name else {
            return DatabaseLookup::Known(database.clone());
        };
        let database = database.clone();
        key.name = Some(name.clone());
        let named = databases
            .entry(key)
            .or_insert_with(|| Arc::new(Database::named(database, name)));
        DatabaseLookup::Known(named.clone())
    }

    /// Opens the database that a resource names, or else the provider block. No connection is made yet.
    ///
    /// # Errors
    /// When there is none, it is not known yet or not there, or nothing says how to log in.
    pub async fn open(
        &self,
        scope: &Scope,
        database_ref: &DatabaseRef,
    ) -> Result<OpenDatabase, Error> {
        let database = self.lookup(database_ref).database()?;
        let endpoint = database.endpoint(scope).await?;
        Ok(OpenDatabase { database, endpoint })
    }

    /// Forgets what was read from the databases: something has changed that all of them may show.
    pub fn forget_snapshots(&self) {
        self.writes.count();
    }

    /// Whether two arguments `region` mean the same one.
    pub fn is_same_region(&self, one: &Field<String>, other: &Field<String>) -> bool {
        let home = |region: &Field<String>| match (region, &self.defaults) {
            (Field::Null, _) => true,
            (Field::Known(region), Defaults::Known { aws, .. }) => aws.is_home(region),
            _ => false,
        };
        one == other || (home(one) && home(other))
    }

    /// Whether two arguments `region` may mean the same one, for all that is known yet.
    pub fn may_be_same_region(&self, one: &Field<String>, other: &Field<String>) -> bool {
        let is_open = match (one, other) {
            (Field::Unknown, _) | (_, Field::Unknown) => true,
            // The provider's own.
            (Field::Null, _) | (_, Field::Null) => matches!(self.defaults, Defaults::Unknown),
            (Field::Known(_), Field::Known(_)) => false,
        };
        is_open || self.is_same_region(one, other)
    }

    /// The database of a publisher, if the practitioner lets the provider see its roles: there is a
    /// `postgres` block, and it names no other.
    pub fn visible_database(
        &self,
        publisher: &rds::publisher::Publisher,
        region: &Field<String>,
    ) -> Option<Arc<Database>> {
        let Defaults::Known {
            given: true,
            settings,
            ..
        } = &self.defaults
        else {
            return None;
        };
        let name = publisher.name().to_lowercase();
        let is_named = match &settings.address {
            None => true,
            Some(DatabaseAddress::Identifier(identifier)) => *identifier == name,
            Some(DatabaseAddress::Host(host)) => {
                let endpoint = publisher.endpoint.as_deref();
                endpoint.is_some_and(|endpoint| endpoint.eq_ignore_ascii_case(&host.value))
            }
        };
        let database_ref = match &settings.address {
            Some(DatabaseAddress::Host(_)) => DatabaseRef::default(),
            _ => DatabaseRef {
                identifier: name.into(),
                region: region.clone(),
                name: Field::Null,
            },
        };
        match self.lookup(&database_ref) {
            DatabaseLookup::Known(database) if is_named => Some(database),
            _ => None,
        }
    }
}

impl DatabaseLookup {
    /// The database, for an operation that cannot do without.
    ///
    /// # Errors
    /// When there is none, or it is not known yet.
    pub fn database(self) -> Result<Arc<Database>, Error> {
        match self {
            Self::Known(database) => Ok(database),
            Self::NotConfigured => Err(Error::NotConfigured),
            Self::Unknown => Err(Error::NotKnown),
        }
    }
}
