//! What the `postgres` block and the `PG*` variables say, before anything is contacted.

use std::time::Duration;

use tfplugin::{Diagnostic, Diagnostics, Model as _};

use super::{
    Error, PostgresModel, attribute,
    database_ref::identifier,
    environment::{Environment, invalid},
    origin::Sourced,
};
use crate::{
    aws::rds::publisher::Identifier,
    host,
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
/// What `sslrootcert` says of the roots of the platform, in libpq's word.
const SYSTEM: &str = "system";

/// Where the database is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DatabaseAddress {
    /// A DB cluster or DB instance, whose endpoint is looked up.
    Identifier(Identifier),
    /// An endpoint.
    Host(Sourced<String>),
}

/// How the provider's user proves who it is.
#[derive(Clone, Debug)]
pub(super) enum Authentication {
    /// With this password.
    Password(Sourced<Secret>),
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
    pub port: Option<Sourced<u16>>,
    pub database: Option<Sourced<String>>,
    pub username: Option<Sourced<String>>,
    pub authentication: Authentication,
    pub sslmode: Sourced<SslMode>,
    pub roots: Sourced<Roots>,
    pub connect_host: Option<Sourced<String>>,
    pub connect_port: Option<u16>,
    pub connect_timeout: Sourced<Duration>,
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
        let roots = roots(model, environment);
        let iam = model.iam_auth.known() == Some(&true);
        if let Some(sslmode) = &sslmode {
            diagnostics.extend(weak_tls(iam, sslmode, roots.as_ref()));
        }
        diagnostics.extend(refused_names(model));
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        if !model.is_wholly_known() {
            return Ok(None);
        }
        let address = address(model, environment);
        let by_host = matches!(address, Some(DatabaseAddress::Host(_)));
        let authentication = if iam {
            Authentication::Iam
        } else if let Some(arn) = model.secret_arn.known() {
            Authentication::SecretArn(arn.clone())
        } else if let Some(password) = model.password.known().cloned() {
            Authentication::Password(Sourced::configured(password))
        } else if let Some(password) = environment.get("PGPASSWORD") {
            Authentication::Password(password.map(Secret::new))
        } else {
            Authentication::Discovered
        };
        // A secret named in the block names its user itself.
        let username = match (&authentication, model.username.known()) {
            (Authentication::SecretArn(_), None) => None,
            _ => environment.configured_or(&model.username, "PGUSER"),
        };
        let settings = Self {
            // The port of another server in the environment must not reach a named cluster.
            port: match model.port.known() {
                Some(port) => Some(Sourced::configured(*port)),
                None if by_host => Some(
                    environment
                        .number("PGPORT")?
                        .unwrap_or(Sourced::default(PORT)),
                ),
                None => None,
            },
            database: environment.configured_or(&model.database, "PGDATABASE"),
            username,
            authentication,
            sslmode: sslmode.unwrap_or(Sourced::default(SslMode::VerifyFull)),
            roots: roots.unwrap_or(Sourced::default(Roots::Shipped)),
            connect_host: match model.connect_host.known() {
                Some(host) => Some(Sourced::configured(host.clone())),
                None if by_host => environment.get("PGHOSTADDR"),
                None => None,
            },
            connect_port: model.connect_port.known().copied(),
            connect_timeout: match model.connect_timeout.known() {
                Some(seconds) => Sourced::configured(*seconds),
                None => environment
                    .number("PGCONNECT_TIMEOUT")?
                    .filter(|seconds| seconds.value > 0)
                    .unwrap_or(Sourced::default(CONNECT_TIMEOUT)),
            }
            .map(Duration::from_secs),
            max_connections: model
                .max_connections
                .known()
                .copied()
                .unwrap_or(MAX_CONNECTIONS),
            address,
        };
        match settings.garbled() {
            Some(name) => Err(invalid(name, "is not in UTF-8").into()),
            None => Ok(Some(settings)),
        }
    }

    /// A variable whose value counts and was not in UTF-8.
    fn garbled(&self) -> Option<&'static str> {
        let password = match &self.authentication {
            Authentication::Password(password) => Some((password.origin, password.value.expose())),
            Authentication::Iam | Authentication::SecretArn(_) | Authentication::Discovered => None,
        };
        let texts = [&self.username, &self.database]
            .map(|text| text.as_ref().map(|text| (text.origin, text.value.as_str())));
        texts
            .into_iter()
            .chain([password])
            .flatten()
            .filter(|(_, text)| text.contains(char::REPLACEMENT_CHARACTER))
            .find_map(|(origin, _)| origin.variable())
    }

    /// Whether a variable of the environment says how to log in, or how TLS is used.
    pub(super) fn has_variables(&self) -> bool {
        let password = match &self.authentication {
            Authentication::Password(password) => Some(password.origin),
            Authentication::Iam | Authentication::SecretArn(_) | Authentication::Discovered => None,
        };
        [
            password,
            self.username.as_ref().map(|username| username.origin),
            self.database.as_ref().map(|database| database.origin),
            Some(self.sslmode.origin),
        ]
        .into_iter()
        .flatten()
        .any(|origin| origin.variable().is_some())
    }

    /// Refuses what the environment gives as a host and is none, before it is used. Until then it may be meant for
    /// something else: each resource may name its own database.
    ///
    /// # Errors
    /// The variable, and what is wrong with it.
    pub(super) fn check_hosts(&self) -> Result<(), Error> {
        let host = match &self.address {
            Some(DatabaseAddress::Host(host)) => Some(host),
            Some(DatabaseAddress::Identifier(_)) | None => None,
        };
        for host in host.into_iter().chain(&self.connect_host) {
            if let Some(name) = host.origin.variable() {
                host::check(&host.value, "PGPORT")
                    .map_err(|fault| Error::Variable { name, fault })?;
            }
        }
        Ok(())
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

    /// The settings for another database of the same server.
    pub(super) fn in_database(&self, name: String) -> Self {
        Self {
            database: Some(Sourced::configured(name)),
            ..self.clone()
        }
    }
}

/// The cluster, the instance or the host that the block names, else the host of the environment.
fn address(model: &PostgresModel, environment: &Environment) -> Option<DatabaseAddress> {
    let identifier = identifier(&model.cluster_identifier, &model.db_instance_identifier);
    match identifier.into_known() {
        Some(identifier) => Some(DatabaseAddress::Identifier(identifier.to_lowercase())),
        None => environment
            .configured_or(&model.host, "PGHOST")
            .map(DatabaseAddress::Host),
    }
}

/// Names that cannot be used. The schema says so of a configuration; here they have become known, or come
/// unchecked.
fn refused_names(model: &PostgresModel) -> Diagnostics {
    let identifiers = [
        ("cluster_identifier", &model.cluster_identifier),
        ("db_instance_identifier", &model.db_instance_identifier),
    ]
    .map(|(argument, given)| (argument, rds_name::check_known(argument, given)));
    let hosts = [
        ("host", "`port`", &model.host),
        ("connect_host", "`connect_port`", &model.connect_host),
    ]
    .map(|(argument, port, given)| (argument, host::check_known(argument, port, given)));
    identifiers
        .into_iter()
        .chain(hosts)
        .filter_map(|(argument, checked)| {
            let refused = Diagnostic::error("Configure The Provider", checked.err()?);
            Some(refused.at(attribute(argument)))
        })
        .collect()
}

/// The configured mode, else the environment's; `None` while it is unknown.
fn sslmode(
    model: &PostgresModel,
    environment: &Environment,
    diagnostics: &mut Diagnostics,
) -> Option<Sourced<SslMode>> {
    if model.sslmode.is_unknown() {
        return None;
    }
    let Some(Sourced { value, origin }) = environment.configured_or(&model.sslmode, "PGSSLMODE")
    else {
        return Some(Sourced::default(SslMode::VerifyFull));
    };
    let mode = value.parse().ok();
    if let (None, Some(name)) = (mode, origin.variable()) {
        let modes = SslMode::ALL.map(SslMode::as_str).join(", ");
        diagnostics.push(invalid(
            name,
            &format!("is set to {value:?}; it must be one of {modes}"),
        ));
    }
    Some(Sourced::new(mode?, origin))
}

/// The configured roots, else the environment's; `None` where nothing says any, or while that is unknown.
fn roots(model: &PostgresModel, environment: &Environment) -> Option<Sourced<Roots>> {
    if model.sslrootcert.is_unknown() {
        return None;
    }
    let given = environment.configured_or(&model.sslrootcert, "PGSSLROOTCERT")?;
    Some(given.map(|text| match text {
        _ if text == SYSTEM => Roots::System,
        // Also what is no certificate: a key must not be taken for a path, and shown.
        _ if text.contains("-----BEGIN ") => Roots::Pem(text),
        path => Roots::File(path.into()),
    }))
}

/// Refuses a mode of TLS that is too weak for what it is used with.
fn weak_tls(
    iam: bool,
    sslmode: &Sourced<SslMode>,
    roots: Option<&Sourced<Roots>>,
) -> Option<Diagnostic> {
    let given = sslmode.origin.or_argument("sslmode");
    let mode = sslmode.value.as_str();
    let diagnostic = if iam && !sslmode.value.demands_tls() {
        Diagnostic::error(
            "TLS Required For IAM Authentication",
            format!(
                "`iam_auth` sends a token in place of a password, and RDS accepts tokens over TLS only; {given} is \
                 {mode:?}. Use `sslmode` \"require\", \"verify-ca\" or \"verify-full\"."
            ),
        )
    } else if let Some(Sourced {
        value: Roots::System,
        origin,
    }) = roots
        && sslmode.value != SslMode::VerifyFull
    {
        let roots = origin.or_argument("sslrootcert");
        Diagnostic::error(
            "Name Not Verified",
            format!(
                "{roots} is \"system\": the platform trusts authorities that sign for whoever owns a name, so that the \
                 name must be verified. {given} is {mode:?}. Use `sslmode = \"verify-full\"`, as libpq demands, or name \
                 the root certificates of the server."
            ),
        )
    } else {
        return None;
    };
    Some(diagnostic.at(attribute("sslmode")))
}

#[cfg(test)]
mod tests {
    use tfplugin::Field;

    use super::*;
    use crate::connection::origin::Origin;

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
        let user = Sourced::new("u".to_owned(), Origin::Variable("PGUSER"));
        assert_eq!(with_iam.username, Some(user));
    }

    /// The one error, with where it is.
    #[track_caller]
    fn refused(model: &PostgresModel, environment: &Environment) -> (String, String) {
        let diagnostics = Settings::new(model, environment).expect_err("it is refused");
        let all: Vec<_> = diagnostics
            .into_iter()
            .map(|diagnostic| {
                let at = diagnostic.attribute.map(|path| path.to_string());
                (at.unwrap_or_default(), diagnostic.detail)
            })
            .collect();
        assert_eq!(all.len(), 1, "{all:?}");
        all.into_iter().next().unwrap_or_default()
    }

    #[test]
    fn settings_iam_auth_without_tls_is_refused_at_sslmode() {
        for mode in ["disable", "allow", "prefer"] {
            let model = PostgresModel {
                iam_auth: true.into(),
                sslmode: mode.into(),
                ..cluster()
            };
            let (at, _) = refused(&model, &Environment::default());
            assert_eq!(at, "postgres.sslmode", "{mode}");
        }
        let model = PostgresModel {
            iam_auth: true.into(),
            ..cluster()
        };
        let (_, detail) = refused(&model, &Environment::new([("PGSSLMODE", "prefer")]));
        assert!(detail.contains("PGSSLMODE is \"prefer\""), "{detail}");
    }

    #[test]
    fn settings_roots_of_the_system_demand_the_strictest_mode() {
        let model = |mode: Field<String>| PostgresModel {
            sslrootcert: "system".into(),
            sslmode: mode,
            ..cluster()
        };
        for mode in [Field::Null, "verify-full".into()] {
            let settings = settings(model(mode), &Environment::default());
            assert_eq!(settings.roots, Sourced::configured(Roots::System));
            assert_eq!(settings.sslmode.value, SslMode::VerifyFull);
        }
        for mode in ["disable", "prefer", "require", "verify-ca"] {
            let (at, detail) = refused(&model(mode.into()), &Environment::default());
            assert_eq!(at, "postgres.sslmode");
            assert!(
                detail.contains(&format!("`sslmode` is {mode:?}")),
                "{detail}"
            );
        }
        let environment = Environment::new([("PGSSLROOTCERT", "system"), ("PGSSLMODE", "require")]);
        let (_, detail) = refused(&cluster(), &environment);
        for variable in ["PGSSLROOTCERT", "PGSSLMODE"] {
            assert!(detail.contains(variable), "{detail}");
        }
    }

    #[test]
    fn settings_host_with_more_than_a_host_is_refused_where_it_stands() {
        let environment = Environment::default();
        let model = PostgresModel {
            host: "db.example.com:5432".into(),
            ..PostgresModel::default()
        };
        let (at, detail) = refused(&model, &environment);
        assert_eq!(at, "postgres.host");
        assert!(detail.contains("5432 in `port`"), "{detail}");
        let model = PostgresModel {
            connect_host: "127.0.0.1:15432".into(),
            ..cluster()
        };
        let (at, detail) = refused(&model, &environment);
        assert_eq!(at, "postgres.connect_host");
        assert!(detail.contains("15432 in `connect_port`"), "{detail}");
    }

    #[test]
    fn settings_host_of_the_environment_that_is_none_is_refused_once_it_is_used() {
        for (variable, value) in [
            ("PGHOST", "a.example.com,b.example.com"),
            ("PGHOST", "/var/run/postgresql"),
            ("PGHOSTADDR", "10.0.0.1:5432"),
        ] {
            let model = PostgresModel {
                host: match variable {
                    "PGHOST" => Field::Null,
                    _ => "db.example.com".into(),
                },
                ..PostgresModel::default()
            };
            let settings = settings(model, &Environment::new([(variable, value)]));
            let error = settings.check_hosts().expect_err("it is no host");
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("{variable} must be")),
                "{error}"
            );
            let billing = DatabaseAddress::Identifier(Identifier::Cluster("billing".into()));
            assert!(settings.of_another(billing).check_hosts().is_ok());
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
        assert_eq!(other.username, Some(Sourced::configured("u".to_owned())));
        assert_eq!(other.database, Some(Sourced::configured("shop".to_owned())));
        let only = settings(model(Field::Null), &environment).of_another(billing());
        assert_eq!(only.port, Some(Sourced::configured(6543)));
        assert_eq!(only.connect_port, Some(7654));
        let host = Sourced::configured("127.0.0.1".to_owned());
        assert_eq!(only.connect_host, Some(host));
    }
}
