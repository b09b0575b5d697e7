//! DB instances as members of a cluster.

use std::collections::BTreeMap;

use aws_sdk_rds::types::Filter;

use super::next_page;
use crate::aws::{Clients, Error, Scope, call::Call};

/// The `DBInstanceStatus` of each instance of a cluster, by identifier in lower case. `None` when
/// the caller may not read instances.
///
/// # Errors
/// When they cannot be read for another reason.
pub async fn statuses_in_cluster(
    clients: &Clients,
    scope: &Scope,
    cluster_identifier: &str,
) -> Result<Option<BTreeMap<String, String>>, Error> {
    let client = clients.rds(scope).await?;
    let filter = Filter::builder()
        .name("db-cluster-id")
        .values(cluster_identifier)
        .build();
    let mut statuses = BTreeMap::new();
    let mut marker = None;
    loop {
        let described = Call::read("rds:DescribeDBInstances", cluster_identifier)
            .run(clients, scope, || {
                client
                    .describe_db_instances()
                    .filters(filter.clone())
                    .set_marker(marker.clone())
                    .send()
            })
            .await;
        let output = match described {
            Ok(output) => output,
            Err(error) if error.is_access_denied() => return Ok(None),
            Err(error) => return Err(error),
        };
        for instance in output.db_instances() {
            if let (Some(identifier), Some(status)) = (
                instance.db_instance_identifier(),
                instance.db_instance_status(),
            ) {
                statuses.insert(identifier.to_lowercase(), status.to_owned());
            }
        }
        marker = next_page(output.marker());
        if marker.is_none() {
            return Ok(Some(statuses));
        }
    }
}
