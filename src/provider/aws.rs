//! The arguments of the provider block that say how AWS is reached, and as whom.

use tfplugin::{
    schema::{Attribute, Block, Schema, Validator},
    value::{Type, Value},
};

use super::assume_role;
use crate::aws;

/// Adds the arguments to the provider block.
pub(super) fn arguments(schema: Schema) -> Schema {
    [credentials(), accounts(), network()]
        .into_iter()
        .flatten()
        .fold(schema, Schema::attribute)
        .at_most_one_of(["allowed_account_ids", "forbidden_account_ids"])
        .block(assume_role::block())
        .block(assume_role::web_identity_block())
        .block(endpoints())
}

/// Region, and where credentials come from.
fn credentials() -> Vec<Attribute> {
    vec![
        Attribute::string("region").optional().description(
            "AWS Region. Defaults to `AWS_REGION`, `AWS_DEFAULT_REGION`, then the profile's.",
        ),
        Attribute::string("profile").optional().description(
            "Profile of the shared configuration and credentials files. Defaults to `AWS_PROFILE`, \
             `AWS_DEFAULT_PROFILE`, then `default`. Single sign-on and `credential_process` profiles work.",
        ),
        Attribute::string("access_key").optional().description(
            "AWS access key ID. Defaults to `AWS_ACCESS_KEY_ID`.",
        ),
        Attribute::string("secret_key").optional().sensitive().description(
            "AWS secret access key. Defaults to `AWS_SECRET_ACCESS_KEY`.",
        ),
        Attribute::string("token").optional().sensitive().description(
            "AWS session token. Defaults to `AWS_SESSION_TOKEN`.",
        ),
        Attribute::list("shared_config_files", Type::String).optional().description(
            "Paths of shared configuration files. Defaults to `AWS_CONFIG_FILE`, then `~/.aws/config`.",
        ),
        Attribute::list("shared_credentials_files", Type::String).optional().description(
            "Paths of shared credentials files. Defaults to `AWS_SHARED_CREDENTIALS_FILE`, then \
             `~/.aws/credentials`.",
        ),
        Attribute::int64("max_retries")
            .optional()
            .validate(Validator::between(0, 1000))
            .description(
                "How often a call to AWS is tried at most. Defaults to `AWS_MAX_ATTEMPTS`, then 25.",
            ),
        Attribute::bool("skip_credentials_validation").optional().description(
            "Whether to skip the check of the credentials with `sts:GetCallerIdentity` before the \
             first call. Defaults to `false`.",
        ),
    ]
}

/// Which accounts may be worked in.
fn accounts() -> Vec<Attribute> {
    let ids = |name| {
        Attribute::set(name, Type::String)
            .optional()
            .validate(Validator::each(Validator::matches(
                "^[0-9]{12}$",
                "be an account id: 12 digits",
            )))
    };
    vec![
        ids("allowed_account_ids").description(
            "Ids of the only AWS accounts that may be worked in. Conflicts with `forbidden_account_ids`.",
        ),
        ids("forbidden_account_ids").description(
            "Ids of AWS accounts that must not be worked in. Conflicts with `allowed_account_ids`.",
        ),
    ]
}

/// The way to AWS.
fn network() -> Vec<Attribute> {
    let proxy = |name| {
        Attribute::string(name)
            .optional()
            .validate(Validator::custom(check_proxy))
    };
    vec![
        Attribute::string("custom_ca_bundle").optional().description(
            "File with the PEM certificates to trust in calls to AWS, in place of the platform's. Defaults to \
             `AWS_CA_BUNDLE`.",
        ),
        proxy("http_proxy").description(
            "URL of the proxy for calls to AWS by HTTP, and by HTTPS where `https_proxy` is not set. Defaults to \
             `HTTP_PROXY` or `http_proxy`, for HTTP only.",
        ),
        proxy("https_proxy").description(
            "URL of the proxy for calls to AWS by HTTPS. Defaults to `HTTPS_PROXY` or `https_proxy`. The empty text \
             keeps `http_proxy` from counting for HTTPS.",
        ),
        Attribute::string("no_proxy").optional().description(
            "Hosts that are reached without a proxy, separated by commas: domains, addresses, networks, or `*`. \
             Defaults to `NO_PROXY` or `no_proxy`.",
        ),
        Attribute::bool("use_fips_endpoint").optional().description(
            "Whether to use FIPS endpoints, except for services with an endpoint of their own. Defaults to \
             `AWS_USE_FIPS_ENDPOINT`, then to the profile's, then to `false`.",
        ),
        Attribute::bool("use_dualstack_endpoint").optional().description(
            "Whether to use endpoints for IPv4 and IPv6, except for services with an endpoint of their own. Defaults \
             to `AWS_USE_DUALSTACK_ENDPOINT`, then to the profile's, then to `false`.",
        ),
    ]
}

fn endpoints() -> Block {
    Block::single("endpoints")
        .description("URLs to use in place of those of AWS.")
        .attribute(Attribute::string("rds").optional().description(
            "URL of Amazon RDS. Defaults to `AWS_ENDPOINT_URL_RDS`, then `AWS_ENDPOINT_URL`.",
        ))
        .attribute(Attribute::string("sts").optional().description(
            "URL of AWS STS. Defaults to `AWS_ENDPOINT_URL_STS`, then `AWS_ENDPOINT_URL`.",
        ))
        .attribute(Attribute::string("secretsmanager").optional().description(
            "URL of AWS Secrets Manager. Defaults to `AWS_ENDPOINT_URL_SECRETS_MANAGER`, \
             then `AWS_ENDPOINT_URL`.",
        ))
}

/// The URL is not in the message: a password may be in it.
fn check_proxy(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(url) if url.is_empty() || aws::proxy_uri(url).is_some() => Ok(()),
        _ => Err("must be a URL such as \"http://HOST:PORT\"".to_owned()),
    }
}
