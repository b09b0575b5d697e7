//! `db_user_arn`: the ARN of a database user, as policies for `rds-db:connect` name it.

use tfplugin::{
    Function,
    function::{FunctionError, Parameter, Signature},
    value::{Type, Value},
};

use crate::{postgres::LONGEST_NAME, region};

/// What the ids of resources start with: clusters, instances, proxies.
const RESOURCE_PREFIXES: [&str; 3] = ["cluster-", "db-", "prx-"];
/// Stands for each one.
const WILDCARD: &str = "*";

/// The function.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html>
pub struct DbUserArn;

impl Function for DbUserArn {
    type Arguments = (String, String, String, String);

    fn name(&self) -> &'static str {
        "db_user_arn"
    }

    fn signature(&self) -> Signature {
        Signature::new(Type::String)
            .summary("ARN of a database user, for a policy that allows rds-db:connect")
            .description(
                "The ARN of a database user, as an IAM policy that allows `rds-db:connect` names it: \
                 `arn:PARTITION:rds-db:REGION:ACCOUNT:dbuser:RESOURCE/USER`. The partition follows from the Region. \
                 Nothing is looked up.",
            )
            .parameter(
                Parameter::new("region", Type::String)
                    .description("AWS Region, such as `eu-central-1`."),
            )
            .parameter(
                Parameter::new("account_id", Type::String)
                    .description("The account of the database: twelve digits, or `*` for each one."),
            )
            .parameter(Parameter::new("resource_id", Type::String).description(
                "`DbClusterResourceId` of a cluster (`cluster-...`), `DbiResourceId` of an instance (`db-...`) or the id \
                 of a proxy (`prx-...`); `*` stands for any letters in it. Not the identifier.",
            ))
            .parameter(Parameter::new("username", Type::String).description(
                "Name of the database user, exactly as PostgreSQL has it; `*` for each one.",
            ))
    }

    fn call(&self, arguments: Self::Arguments) -> Result<Value, FunctionError> {
        let (region, account_id, resource_id, username) = arguments;
        db_user_arn(&region, &account_id, &resource_id, &username).map(Value::from)
    }
}

fn db_user_arn(
    region: &str,
    account_id: &str,
    resource_id: &str,
    username: &str,
) -> Result<String, FunctionError> {
    if !region::is_region(region) {
        let text = format!(
            "{region:?} is no AWS Region, such as \"eu-central-1\"; the partition follows from it"
        );
        return Err(FunctionError::new(text).at(0));
    }
    let is_account = account_id.len() == 12 && account_id.bytes().all(|byte| byte.is_ascii_digit());
    if !is_account && account_id != WILDCARD {
        let text = format!("{account_id:?} is no account: twelve digits, or \"*\"");
        return Err(FunctionError::new(text).at(1));
    }
    let is_resource = resource_id.starts_with(WILDCARD)
        || RESOURCE_PREFIXES
            .iter()
            .any(|prefix| resource_id.starts_with(prefix) && resource_id.len() > prefix.len());
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-*?".contains(&byte);
    if !is_resource || !resource_id.bytes().all(is_plain) {
        let text = format!(
            "{resource_id:?} is no resource id, such as \"cluster-ABCDEFGHIJKL01234\" or \"db-ABCDEFGHIJKL01234\". It is \
             the DbClusterResourceId or DbiResourceId, not the identifier"
        );
        return Err(FunctionError::new(text).at(2));
    }
    if username.is_empty() || username.len() > LONGEST_NAME {
        let text = format!(
            "the name must have 1 to {LONGEST_NAME} bytes, and has {}",
            username.len()
        );
        return Err(FunctionError::new(text).at(3));
    }
    let partition = region::partition(region);
    Ok(format!(
        "arn:{partition}:rds-db:{region}:{account_id}:dbuser:{resource_id}/{username}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTER: &str = "cluster-ABCDEFGHIJKL01234";

    #[test]
    fn db_user_arn_has_the_partition_of_its_region() {
        for (region, partition) in [
            ("eu-central-1", "aws"),
            ("cn-northwest-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(
                db_user_arn(region, "123456789012", CLUSTER, "cdc"),
                Ok(format!(
                    "arn:{partition}:rds-db:{region}:123456789012:dbuser:{CLUSTER}/cdc"
                ))
            );
        }
    }

    #[test]
    fn db_user_arn_takes_instances_proxies_wildcards_and_any_name() {
        for (resource_id, username) in [
            ("db-ABCDEFGHIJKL01234", "Cdc"),
            ("prx-0123456789abcdef0", "it's \"one\""),
            ("*", "*"),
            ("cluster-*", "team/app@eu"),
            ("cluster-CO4RHMUZ", "réplica"),
        ] {
            assert_eq!(
                db_user_arn("eu-central-1", "*", resource_id, username),
                Ok(format!(
                    "arn:aws:rds-db:eu-central-1:*:dbuser:{resource_id}/{username}"
                ))
            );
        }
    }

    #[test]
    fn db_user_arn_blames_the_argument_that_is_wrong() {
        let long = "x".repeat(64);
        for (arguments, blamed) in [
            (["nowhere", "123456789012", CLUSTER, "cdc"], 0),
            (["*", "123456789012", CLUSTER, "cdc"], 0),
            (["eu-central-1", "12345", CLUSTER, "cdc"], 1),
            (["eu-central-1", "123456789012", "orders", "cdc"], 2),
            (["eu-central-1", "123456789012", "cluster-", "cdc"], 2),
            (["eu-central-1", "123456789012", "db-A/b", "cdc"], 2),
            (["eu-central-1", "123456789012", CLUSTER, ""], 3),
            (["eu-central-1", "123456789012", CLUSTER, &long], 3),
        ] {
            let [region, account_id, resource_id, username] = arguments;
            let error = db_user_arn(region, account_id, resource_id, username).unwrap_err();
            assert_eq!(error.argument, Some(blamed), "{arguments:?}: {error:?}");
        }
    }
}
