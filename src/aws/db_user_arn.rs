//! The ARN of a database user, as policies for `rds-db:connect` name it. Pure.
//!
//! <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html>

/// The ARN of a database user. `resource_id` is the `DbClusterResourceId` (`cluster-...`), the
/// `DbiResourceId` (`db-...`) or that of a proxy (`prx-...`).
pub fn db_user_arn(
    partition: &str,
    region: &str,
    account: &str,
    resource_id: &str,
    username: &str,
) -> String {
    format!("arn:{partition}:rds-db:{region}:{account}:dbuser:{resource_id}/{username}")
}

/// The ARN of a database user of a cluster or an instance with the given ARN; `None` when that is
/// not an ARN of RDS.
pub fn db_user_arn_of(rds_arn: &str, resource_id: &str, username: &str) -> Option<String> {
    let parts: Vec<&str> = rds_arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "rds", region, account, _]
            if ![*partition, *region, *account].contains(&"") =>
        {
            Some(db_user_arn(
                partition,
                region,
                account,
                resource_id,
                username,
            ))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn db_user_arn_takes_partition_region_and_account_of_the_cluster() {
        assert_eq!(
            db_user_arn_of(
                "arn:aws-cn:rds:cn-north-1:123456789012:cluster:orders",
                "cluster-ABCDEFGHIJKL01234",
                "Cdc User"
            )
            .as_deref(),
            Some(
                "arn:aws-cn:rds-db:cn-north-1:123456789012:dbuser:cluster-ABCDEFGHIJKL01234/Cdc User"
            )
        );
    }

    #[test]
    fn db_user_arn_of_anything_but_an_rds_arn_is_none() {
        for arn in [
            "",
            "orders",
            "arn:aws:s3:::bucket",
            "arn:aws:rds:eu-central-1:123456789012",
            "arn:aws:rds::123456789012:cluster:orders",
        ] {
            assert_eq!(db_user_arn_of(arn, "cluster-A", "u"), None, "{arn}");
        }
    }
}
