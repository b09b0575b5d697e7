//! `src/aws` against the stand-in's API: no Terraform, no SQL.

mod faults;
mod parameter_group;
mod token;
mod wait;

use std::time::Duration;

use terraform_provider_rdsiam::{
    aws::{Clients, Config, Endpoints, Scope},
    secret::Secret,
};
use tokio_util::sync::CancellationToken;

use crate::support::StandIn;

/// Clients with the stand-in's keys, which the environment cannot change.
fn clients(stand_in: &StandIn) -> Clients {
    let connection = stand_in.connection();
    let nothing = || Some(vec!["/dev/null".into()]);
    let endpoint = || Some(connection.api_endpoint.clone());
    Clients::new(Config {
        region: Some(connection.region.clone()),
        access_key: Some(connection.access_key_id.clone()),
        secret_key: Some(Secret::new(&connection.secret_access_key)),
        shared_config_files: nothing(),
        shared_credentials_files: nothing(),
        endpoints: Endpoints {
            rds: endpoint(),
            sts: endpoint(),
            secretsmanager: endpoint(),
        },
        ..Config::default()
    })
}

fn scope() -> Scope {
    scope_of(Duration::from_secs(60))
}

fn scope_of(timeout: Duration) -> Scope {
    Scope::new(&CancellationToken::new(), timeout)
}
