//! Configurations for the stand-in, in Terraform's language. Nothing in them is to be filled in: its access keys
//! are nobody's secret.

use rds_emulator::{Cluster, ConnectionFile};
use xtask::failure::Failure;

use crate::terraform_cli::quote;

/// Among the required providers.
const AWS: &str = "    aws = {
      source  = \"hashicorp/aws\"
      version = \"~> 5.46\"
    }
";

/// What the demo applies: the parameter of a cluster, and its replication user.
///
/// # Errors
/// When a text has no JSON form, which every text has; likewise below.
pub fn demo(connection: &ConnectionFile, cluster: &Cluster) -> Result<String, Failure> {
    Ok(format!(
        "{}resource \"rdsiam_replication_parameter\" \"this\" {{
  cluster_identifier = {}
}}

resource \"rdsiam_replication_user\" \"cdc\" {{
  name = {}
}}
",
        head(connection, cluster)?,
        quote(&cluster.identifier)?,
        quote(&cluster.replication_username)?,
    ))
}

/// The same, and a consumer of changes: its user, what it streams and from where, and what it may read.
///
/// # Errors
/// As above.
pub fn demo_with_consumer(
    connection: &ConnectionFile,
    cluster: &Cluster,
    tables: &[&str],
) -> Result<String, Failure> {
    let mut listed = String::new();
    for table in tables {
        listed += &format!("    {} = {{}}\n", quote(table)?);
    }
    Ok(format!(
        "{demo}
resource \"rdsiam_replication_user\" \"analytics\" {{
  name        = \"analytics\"
  create_role = true
}}

resource \"rdsiam_publication\" \"analytics\" {{
  name = \"analytics_pub\"

  tables = {{
{listed}  }}
}}

resource \"rdsiam_replication_slot\" \"analytics\" {{
  name         = \"analytics\"
  publications = [rdsiam_publication.analytics.name]
}}

resource \"rdsiam_publication_grant\" \"analytics\" {{
  role         = rdsiam_replication_user.analytics.name
  publications = [rdsiam_publication.analytics.name]
}}
",
        demo = demo(connection, cluster)?,
    ))
}

/// A parameter group that hashicorp/aws manages, but for the one parameter: the second arrangement of the guide.
///
/// # Errors
/// As above.
pub fn beside_aws(connection: &ConnectionFile, cluster: &Cluster) -> Result<String, Failure> {
    let endpoint = quote(&connection.api_endpoint)?;
    let major = cluster.engine_version.split('.').next().unwrap_or_default();
    Ok(format!(
        "# As docs/guides/together-with-aws_rds_cluster_parameter_group.md has it.
{requirements}provider \"aws\" {{
{access}
  endpoints {{
    rds = {endpoint}
    sts = {endpoint}
  }}
}}

{provider}resource \"aws_rds_cluster_parameter_group\" \"orders\" {{
  name   = {group}
  family = {family}

  # Set when the group is created, and ignored from then on.
  parameter {{
    name         = \"rds.logical_replication\"
    value        = \"1\"
    apply_method = \"pending-reboot\"
  }}

  lifecycle {{
    ignore_changes = [parameter]
  }}
}}

resource \"rdsiam_replication_parameter\" \"orders\" {{
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.orders.name
}}
",
        requirements = requirements(AWS),
        access = access(connection)?,
        provider = provider_block(connection, cluster)?,
        group = quote(&format!("{}-postgresql{major}", cluster.identifier))?,
        family = quote(&format!("aurora-postgresql{major}"))?,
    ))
}

/// What each configuration begins with: the `terraform` block, and the `provider` block for a cluster of the stand-in.
///
/// # Errors
/// As above.
pub(crate) fn head(connection: &ConnectionFile, cluster: &Cluster) -> Result<String, Failure> {
    Ok(requirements("") + &provider_block(connection, cluster)?)
}

/// The `terraform` block, with what else than our provider is required. Ours is the one that was built, also where a
/// home folder has others.
fn requirements(others: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "terraform {{
  required_providers {{
{others}    rdsiam = {{
      source  = \"rdsiam/rdsiam\"
      version = {version:?}
    }}
  }}
}}

"
    )
}

fn provider_block(connection: &ConnectionFile, cluster: &Cluster) -> Result<String, Failure> {
    let endpoint = quote(&connection.api_endpoint)?;
    Ok(format!(
        "provider \"rdsiam\" {{
{access}
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
        access = access(connection)?,
        cluster_identifier = quote(&cluster.identifier)?,
        connect_host = quote(&cluster.connect_host)?,
        connect_port = cluster.connect_port,
        ca_file = quote(&connection.ca_file.to_string_lossy())?,
    ))
}

/// The arguments by which both providers get into the stand-in's account.
fn access(connection: &ConnectionFile) -> Result<String, Failure> {
    Ok(format!(
        "  region     = {}\n  access_key = {}\n  secret_key = {}\n",
        quote(&connection.region)?,
        quote(&connection.access_key_id)?,
        quote(&connection.secret_access_key)?,
    ))
}
