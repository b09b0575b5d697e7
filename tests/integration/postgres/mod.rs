//! `src/postgres` against real servers behind the stand-in's gate: no Terraform.

mod connector;
mod grants;
mod meanwhile;
mod memberships;
mod probation;
mod probe;
mod published;
mod readers;
mod snapshot;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use terraform_provider_rdsiam::{
    postgres::{
        Address, PasswordError, PasswordSource, Roots, Server, Settings, SslMode,
        replication_privilege::{PrivilegeSources, ReplicationPrivilege},
        replication_user::Desired,
    },
    scope::Scope,
    secret::Secret,
};
use tokio_util::sync::CancellationToken;

use crate::support::StandIn;

/// A password that somebody may change, with how often it was asked for.
#[derive(Debug)]
struct Password {
    answers: Mutex<Vec<String>>,
}

impl Password {
    /// The first is given first; the last again and again.
    fn new(answers: &[&str]) -> Arc<Self> {
        let answers = answers
            .iter()
            .rev()
            .map(|text| (*text).to_owned())
            .collect();
        Arc::new(Self {
            answers: Mutex::new(answers),
        })
    }
}

#[async_trait]
impl PasswordSource for Password {
    async fn password(&self, _: &Scope) -> Result<Secret, PasswordError> {
        let mut answers = self.answers.lock().expect("nobody panics with it");
        let answer = if answers.len() > 1 {
            answers.pop()
        } else {
            answers.last().cloned()
        };
        Ok(Secret::new(answer.unwrap_or_default()))
    }

    fn may_rotate(&self) -> bool {
        true
    }
}

/// A connector to the first cluster, as the master user.
fn connector(stand_in: &StandIn) -> Server {
    connector_with(stand_in, master_password(stand_in))
}

fn connector_with(stand_in: &StandIn, password: Arc<Password>) -> Server {
    connector_from(settings(stand_in), password)
}

/// A connector that opens so many connections at most.
fn connector_with_connections(stand_in: &StandIn, max_connections: usize) -> Server {
    let settings = Settings {
        max_connections,
        ..settings(stand_in)
    };
    connector_from(settings, master_password(stand_in))
}

/// A connector to another database of the first cluster, with one connection.
fn connector_to(stand_in: &StandIn, database: &str) -> Server {
    let settings = Settings {
        database: database.to_owned(),
        max_connections: 1,
        ..settings(stand_in)
    };
    connector_from(settings, master_password(stand_in))
}

/// A connector that goes through a port on loopback.
fn connector_through(stand_in: &StandIn, port: u16, max_connections: usize) -> Server {
    let direct = settings(stand_in);
    let settings = Settings {
        address: Address {
            connect_port: Some(port),
            ..direct.address
        },
        max_connections,
        ..direct
    };
    connector_from(settings, master_password(stand_in))
}

fn master_password(stand_in: &StandIn) -> Arc<Password> {
    Password::new(&[&stand_in.cluster().master_password])
}

fn connector_from(settings: Settings, password: Arc<Password>) -> Server {
    Server::new(settings, password, Arc::default()).expect("the root certificate can be read")
}

fn settings(stand_in: &StandIn) -> Settings {
    let cluster = stand_in.cluster();
    Settings {
        address: Address {
            host: cluster.host.clone(),
            port: cluster.port,
            connect_host: Some(cluster.connect_host.clone()),
            connect_port: Some(cluster.connect_port),
            sslmode: SslMode::VerifyFull,
            roots: Roots::File(stand_in.connection().ca_file.clone()),
            connect_timeout: Duration::from_secs(10),
        },
        database: cluster.database.clone(),
        username: cluster.master_username.clone(),
        max_connections: 4,
    }
}

fn scope() -> Scope {
    Scope::new(&CancellationToken::new(), Duration::from_secs(60))
}

/// What a resource with nothing but a name asks for.
fn desired(name: &str) -> Desired {
    Desired {
        name: name.to_owned(),
        rds_iam: true,
        privilege: ReplicationPrivilege::Auto,
        create_role: false,
        password: None,
        allow_iam_for: BTreeSet::new(),
        master_username: Some("master".to_owned()),
        take_back: PrivilegeSources::default(),
        probe: true,
        oid: None,
        no_tokens_because: None,
    }
}
