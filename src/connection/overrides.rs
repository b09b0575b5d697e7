//! Variables of libpq that stand in place of what would hold without them. They may be meant for something
//! else, such as a state that Terraform keeps in PostgreSQL.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use super::{
    origin::{Origin, Sourced},
    settings::{Authentication, Settings},
};
use crate::{aws::rds::publisher::Publisher, postgres::SslMode};

/// A variable, and what it stands in place of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Its name.
    pub variable: &'static str,
    /// What it replaces.
    pub replaced: Replaced,
}

/// What a variable replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// The master user.
    MasterUser {
        /// The user of the variable.
        given: String,
        /// The master user.
        master: String,
    },
    /// The database that was made with the cluster or instance.
    DatabaseName {
        /// The database of the variable.
        given: String,
        /// The other one.
        looked_up: String,
    },
    /// The secret that RDS manages for the master user.
    ManagedSecret,
    /// The strictest mode of TLS.
    VerifyFull(SslMode),
}

impl Override {
    /// All that there are, with what is known of the cluster or instance.
    pub(super) fn all(settings: &Settings, publisher: Option<&Publisher>) -> Vec<Self> {
        let master = publisher.and_then(|publisher| publisher.master_username.as_ref());
        let name = publisher.and_then(|publisher| publisher.database_name.as_ref());
        let user = settings.username.as_ref();
        let another_user = differs(user, master).map(|(variable, given, master)| Self {
            variable,
            replaced: Replaced::MasterUser { given, master },
        });
        let another_database =
            differs(settings.database.as_ref(), name).map(|(variable, given, looked_up)| Self {
                variable,
                replaced: Replaced::DatabaseName { given, looked_up },
            });
        let is_master = user.is_none_or(|user| Some(&user.value) == master);
        let has_secret = publisher.is_some_and(|publisher| publisher.master_user_secret.is_some());
        let another_password = match &settings.authentication {
            Authentication::Password(Sourced {
                origin: Origin::Variable(variable),
                ..
            }) if is_master && has_secret => Some(Self {
                variable,
                replaced: Replaced::ManagedSecret,
            }),
            _ => None,
        };
        let weaker_tls = match settings.sslmode {
            Sourced {
                value,
                origin: Origin::Variable(variable),
            } if value != SslMode::VerifyFull => Some(Self {
                variable,
                replaced: Replaced::VerifyFull(value),
            }),
            _ => None,
        };
        [another_user, another_database, another_password, weaker_tls]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// The variable, its value, and the other one that was looked up.
fn differs(
    given: Option<&Sourced<String>>,
    looked_up: Option<&String>,
) -> Option<(&'static str, String, String)> {
    let given = given?;
    let looked_up = looked_up.filter(|looked_up| **looked_up != given.value)?;
    Some((
        given.origin.variable()?,
        given.value.clone(),
        looked_up.clone(),
    ))
}

/// The variables that somebody was told of, each once in a process and not for each of many databases.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<BTreeSet<&'static str>>);

impl Told {
    /// Those that nobody was told of yet, who is told of them now.
    pub(super) fn not_yet(&self, all: Vec<Override>) -> Vec<Override> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.into_iter()
            .filter(|one| told.insert(one.variable))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use tfplugin::Field;

    use super::*;
    use crate::{
        aws::rds::publisher::MasterUserSecret,
        connection::{Environment, PostgresModel},
        prerequisites,
    };

    fn settings(model: PostgresModel) -> Settings {
        let environment = Environment::new([
            ("PGUSER", "state"),
            ("PGDATABASE", "states"),
            ("PGPASSWORD", "p"),
            ("PGSSLMODE", "require"),
        ]);
        let model = PostgresModel {
            cluster_identifier: "orders".into(),
            ..model
        };
        Settings::new(&model, &environment)
            .expect("the settings are valid")
            .expect("the settings are known")
    }

    fn publisher() -> Publisher {
        Publisher {
            master_username: Some("master".to_owned()),
            database_name: Some("shop".to_owned()),
            ..prerequisites::tests::publisher()
        }
    }

    fn variables(overrides: &[Override]) -> Vec<&'static str> {
        overrides.iter().map(|one| one.variable).collect()
    }

    #[test]
    fn override_is_a_variable_in_place_of_what_is_looked_up_or_safer() {
        let all = Override::all(&settings(PostgresModel::default()), Some(&publisher()));
        assert_eq!(variables(&all), ["PGUSER", "PGDATABASE", "PGSSLMODE"]);
        let unknown = Override::all(&settings(PostgresModel::default()), None);
        assert_eq!(variables(&unknown), ["PGSSLMODE"]);
    }

    #[test]
    fn override_of_what_the_block_says_or_of_the_same_is_none() {
        let model = PostgresModel {
            username: "role_admin".into(),
            sslmode: "require".into(),
            ..PostgresModel::default()
        };
        let same = Publisher {
            database_name: Some("states".to_owned()),
            ..publisher()
        };
        assert!(Override::all(&settings(model), Some(&same)).is_empty());
    }

    #[test]
    fn override_of_the_managed_secret_is_one_for_the_master_user_alone() {
        let as_master = PostgresModel {
            username: "master".into(),
            database: "shop".into(),
            sslmode: "verify-full".into(),
            iam_auth: Field::Null,
            ..PostgresModel::default()
        };
        let managed = Publisher {
            master_user_secret: Some(MasterUserSecret {
                arn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!cluster-1"
                    .to_owned(),
                status: "active".to_owned(),
            }),
            ..publisher()
        };
        let all = Override::all(&settings(as_master), Some(&managed));
        assert_eq!(variables(&all), ["PGPASSWORD"]);
    }

    #[test]
    fn override_is_told_once() {
        let told = Told::default();
        let all = || Override::all(&settings(PostgresModel::default()), Some(&publisher()));
        assert_eq!(told.not_yet(all()).len(), 3);
        assert!(told.not_yet(all()).is_empty());
    }
}
