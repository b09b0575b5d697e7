//! What the `postgres` block and the `PG*` variables say, before anything is contacted.

use std::{collections::BTreeMap, fmt, time::Duration};

use tfplugin::{Diagnostic, Diagnostics, Field, Model as _};

use super::{PostgresModel, SSLMODES, attribute, database_ref::identifier};
use crate::{
    aws::rds::publisher::Identifier,
    postgres::{Roots, SslMode},
    rds_name,
    secret::Secret,
};

/// Seconds that one attempt to connect may take, unless configured.
const CONNECT_TIMEOUT: u64 = 10;
/// Connections that are open at once at most, unless configured.
const MAX_CONNECTIONS: usize = 4;
/// The port of PostgreSQL, where nothing says another.
pub const PORT: u16 = 5432;

/// Environment variables, read once.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The `PG*` variables of this process.
    pub fn process() -> Self {
        Self(
            std::env::vars()
                .filter(|(name, _)| name.starts_with("PG"))
                .collect(),
        )
    }

    /// The given variables.
    pub fn new<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }

    /// The value of a variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// The parsed value of a variable that is set and not empty.
    fn parse<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Diagnostic> {
        self.get(name)
            .map(|value| {
                value.parse().map_err(|_| {
                    Diagnostic::error(
                        "Invalid Environment Variable",
                        format!("{name} is set to {value:?}, which is not a valid number."),
                    )
                })
            })
            .transpose()
    }
}

impl fmt::Debug for Environment {
    /// Names only: `PGPASSWORD` is among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Where the database is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DatabaseAddress {
    /// A DB cluster or DB instance, whose endpoint is looked up.
    Identifier(Identifier),
    /// An endpoint.
    Host(String),
}

/// How the provider's user proves who it is.
#[derive(Clone, Debug)]
pub(super) enum Authentication {
    /// With this password.
    Password(Secret),
    /// With IAM tokens.
    Iam,
    /// With the password in this secret, whose ARN is given.
    SecretArn(String),
    /// With the managed secret of the master user.
    Discovered,
}

/// The `postgres` block with the environment's share in it.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// The database that the block names; a resource may name another.
    pub address: Option<DatabaseAddress>,
    pub port: Option<u16>,
    pub database: Option<String>,
    pub username: Option<String>,
    pub authentication: Authentication,
    pub sslmode: SslMode,
    pub roots: Roots,
    pub connect_host: Option<String>,
    pub connect_port: Option<u16>,
    pub connect_timeout: Duration,
    pub max_connections: usize,
}

impl Settings {
    /// Reads the block and the environment. `None`: something in the block is not known yet.
    ///
    /// # Errors
    /// When they contradict themselves, at the attribute to blame.
    pub(super) fn new(
        model: &PostgresModel,
        environment: &Environment,
    ) -> Result<Option<Self>, Diagnostics> {
        let mut diagnostics = Diagnostics::new();
        let sslmode = sslmode(model, environment, &mut diagnostics);
        let iam = model.iam_auth.known() == Some(&true);
        if iam
            && matches!(
                sslmode,
                Some(SslMode::Disable | SslMode::Allow | SslMode::Prefer)
            )
        {
            diagnostics.push(
                Diagnostic::error(
                    "TLS Required For IAM Authentication",
                    "`iam_auth` sends a token in place of a password, and RDS accepts tokens over TLS only. \
                     Use `sslmode` \"require\", \"verify-ca\" or \"verify-full\".",
                )
                .at(attribute("sslmode")),
            );
        }
        for (argument, given) in [
            ("cluster_identifier", &model.cluster_identifier),
            ("db_instance_identifier", &model.db_instance_identifier),
        ] {
            // The schema says so of a configuration; here it has become known, or comes unchecked.
            if let Err(detail) = rds_name::check_known(argument, given) {
                let refused = Diagnostic::error("Configure The Provider", detail);
                diagnostics.push(refused.at(attribute(argument)));
            }
        }
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        if !model.is_wholly_known() {
            return Ok(None);
        }
        let identifier = identifier(&model.cluster_identifier, &model.db_instance_identifier);
        let host = model.host.known().cloned();
        let address = match identifier.into_known() {
            Some(identifier) => Some(DatabaseAddress::Identifier(identifier.to_lowercase())),
            None => host
                .or_else(|| environment.get("PGHOST"))
                .map(DatabaseAddress::Host),
        };
        let by_host = matches!(address, Some(DatabaseAddress::Host(_)));
        let authentication = if iam {
            Authentication::Iam
        } else if let Some(arn) = model.secret_arn.known() {
            Authentication::SecretArn(arn.clone())
        } else if let Some(password) = model.password.known().cloned() {
            Authentication::Password(password)
        } else if let Some(password) = environment.get("PGPASSWORD") {
            Authentication::Password(Secret::new(password))
        } else {
            Authentication::Discovered
        };
        let username = model.username.known().cloned().or_else(|| {
            // A secret named in the block names its user itself.
            let named_by_secret = matches!(authentication, Authentication::SecretArn(_));
            (!named_by_secret)
                .then(|| environment.get("PGUSER"))
                .flatten()
        });
        Ok(Some(Self {
            // The port of another server in the environment must not reach a named cluster.
            port: match model.port.known() {
                Some(port) => Some(*port),
                None if by_host => Some(environment.parse("PGPORT")?.unwrap_or(PORT)),
                None => None,
            },
            database: model
                .database
                .known()
                .cloned()
                .or_else(|| environment.get("PGDATABASE")),
            username,
            authentication,
            sslmode: sslmode.unwrap_or(SslMode::VerifyFull),
            roots: match model
                .sslrootcert
                .known()
                .cloned()
                .or_else(|| environment.get("PGSSLROOTCERT"))
            {
                None => Roots::Shipped,
                Some(text) if text.contains("-----BEGIN CERTIFICATE-----") => Roots::Pem(text),
                Some(path) => Roots::File(path.into()),
            },
            connect_host: model
                .connect_host
                .known()
                .cloned()
                .or_else(|| by_host.then(|| environment.get("PGHOSTADDR")).flatten()),
            connect_port: model.connect_port.known().copied(),
            connect_timeout: Duration::from_secs(match model.connect_timeout.known() {
                Some(seconds) => *seconds,
                None => environment
                    .parse("PGCONNECT_TIMEOUT")?
                    .filter(|seconds| *seconds > 0)
                    .unwrap_or(CONNECT_TIMEOUT),
            }),
            max_connections: model
                .max_connections
                .known()
                .copied()
                .unwrap_or(MAX_CONNECTIONS),
            address,
        }))
    }

    /// The settings for a database that a resource names. What leads to the one that the block
    /// names leads to no other.
    pub(super) fn of_another(&self, address: DatabaseAddress) -> Self {
        let leads_elsewhere = self.address.is_some();
        Self {
            address: Some(address),
            port: self.port.filter(|_| !leads_elsewhere),
            connect_host: self.connect_host.clone().filter(|_| !leads_elsewhere),
            connect_port: self.connect_port.filter(|_| !leads_elsewhere),
            ..self.clone()
        }
    }
}

/// The configured mode, else the environment's; `None` while it is unknown.
fn sslmode(
    model: &PostgresModel,
    environment: &Environment,
    diagnostics: &mut Diagnostics,
) -> Option<SslMode> {
    let (text, from_environment) = match &model.sslmode {
        Field::Unknown => return None,
        Field::Known(text) => (text.clone(), false),
        Field::Null => match environment.get("PGSSLMODE") {
            Some(text) => (text, true),
            None => return Some(SslMode::VerifyFull),
        },
    };
    let mode = text.parse().ok();
    if mode.is_none() && from_environment {
        diagnostics.push(Diagnostic::error(
            "Invalid Environment Variable",
            format!(
                "PGSSLMODE is set to {text:?}; it must be one of {}.",
                SSLMODES.join(", ")
            ),
        ));
    }
    mode
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(model: PostgresModel, environment: &Environment) -> Settings {
        Settings::new(&model, environment)
            .expect("the settings are valid")
            .expect("the settings are known")
    }

    fn cluster() -> PostgresModel {
        PostgresModel {
            cluster_identifier: "orders".into(),
            ..PostgresModel::default()
        }
    }

    #[test]
    fn settings_environment_of_another_server_is_kept_from_a_named_cluster() {
        let environment = Environment::new([
            ("PGHOST", "elsewhere"),
            ("PGPORT", "6543"),
            ("PGHOSTADDR", "10.0.0.1"),
        ]);
        let settings = settings(cluster(), &environment);
        assert_eq!(
            settings.address,
            Some(DatabaseAddress::Identifier(Identifier::Cluster(
                "orders".into()
            )))
        );
        assert_eq!(settings.port, None);
        assert_eq!(settings.connect_host, None);
    }

    #[test]
    fn settings_pgpassword_counts_before_a_discovered_secret() {
        let environment = Environment::new([("PGPASSWORD", "p")]);
        let settings = settings(cluster(), &environment);
        assert!(matches!(
            settings.authentication,
            Authentication::Password(_)
        ));
    }

    #[test]
    fn settings_pgpassword_is_ignored_when_the_block_names_an_alternative() {
        let environment = Environment::new([("PGPASSWORD", "p"), ("PGUSER", "u")]);
        let with_secret = settings(
            PostgresModel {
                secret_arn: "arn:aws:secretsmanager:eu-west-1:1:secret:s".into(),
                ..cluster()
            },
            &environment,
        );
        assert!(matches!(
            with_secret.authentication,
            Authentication::SecretArn(_)
        ));
        assert_eq!(with_secret.username, None);
        let with_iam = settings(
            PostgresModel {
                iam_auth: true.into(),
                ..cluster()
            },
            &environment,
        );
        assert!(matches!(with_iam.authentication, Authentication::Iam));
        assert_eq!(with_iam.username.as_deref(), Some("u"));
    }

    #[test]
    fn settings_iam_auth_without_tls_is_refused_at_sslmode() {
        for mode in ["disable", "allow", "prefer"] {
            let model = PostgresModel {
                iam_auth: true.into(),
                sslmode: mode.into(),
                ..cluster()
            };
            let diagnostics =
                Settings::new(&model, &Environment::default()).expect_err("TLS is required");
            let paths: Vec<_> = diagnostics
                .iter()
                .filter_map(|diagnostic| diagnostic.attribute.as_ref().map(ToString::to_string))
                .collect();
            assert_eq!(paths, ["postgres.sslmode"], "{mode}");
        }
    }

    #[test]
    fn settings_unknown_host_is_not_known_yet() {
        let model = PostgresModel {
            host: Field::Unknown,
            ..PostgresModel::default()
        };
        let settings = Settings::new(&model, &Environment::default()).expect("no contradiction");
        assert!(settings.is_none());
    }

    #[test]
    fn settings_of_another_database_inherit_what_leads_to_no_other() {
        let billing = || DatabaseAddress::Identifier(Identifier::Cluster("billing".into()));
        let model = |cluster: Field<String>| PostgresModel {
            cluster_identifier: cluster,
            port: 6543.into(),
            connect_host: "127.0.0.1".into(),
            connect_port: 7654.into(),
            username: "u".into(),
            database: "shop".into(),
            ..PostgresModel::default()
        };
        let environment = Environment::default();
        let other = settings(model("orders".into()), &environment).of_another(billing());
        assert_eq!(other.address, Some(billing()));
        assert_eq!((other.port, other.connect_port), (None, None));
        assert_eq!(other.connect_host, None);
        assert_eq!(other.username.as_deref(), Some("u"));
        assert_eq!(other.database.as_deref(), Some("shop"));
        let only = settings(model(Field::Null), &environment).of_another(billing());
        assert_eq!((only.port, only.connect_port), (Some(6543), Some(7654)));
        assert_eq!(only.connect_host.as_deref(), Some("127.0.0.1"));
    }

    #[test]
    fn environment_debug_shows_no_value() {
        let environment = Environment::new([("PGPASSWORD", "hush-hush")]);
        assert!(!format!("{environment:?}").contains("hush"));
    }
}
