//! Configurations for the stand-in, in Terraform's language.

use rds_emulator::{Cluster, ConnectionFile};
use xtask::failure::Failure;

use crate::terraform_cli::quote;

/// The `terraform` block of a configuration with the provider.
pub const REQUIREMENTS: &str = "terraform {
  required_providers {
    rdsiam = {
      source = \"rdsiam/rdsiam\"
    }
  }
}

";

/// The `provider` block for a cluster of the stand-in.
///
/// # Errors
/// As [`quote`].
pub fn provider_block(connection: &ConnectionFile, cluster: &Cluster) -> Result<String, Failure> {
    let endpoint = quote(&connection.api_endpoint)?;
    Ok(format!(
        "provider \"rdsiam\" {{
  region = {region}

  # Access keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
  endpoints {{
    rds            = {endpoint}
    sts            = {endpoint}
    secretsmanager = {endpoint}
  }}

  postgres {{
    cluster_identifier = {cluster_identifier}
    connect_host       = {connect_host}
    connect_port       = {connect_port}
    sslrootcert        = {ca_file}
  }}
}}

",
        region = quote(&connection.region)?,
        cluster_identifier = quote(&cluster.identifier)?,
        connect_host = quote(&cluster.connect_host)?,
        connect_port = cluster.connect_port,
        ca_file = quote(&connection.ca_file.to_string_lossy())?,
    ))
}
