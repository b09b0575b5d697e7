//! The blocks `assume_role` and `assume_role_with_web_identity`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};

use tfplugin::{
    AttributePath, Diagnostic, Field, Model, schema::Validator, timeouts, value::Value,
};

use crate::{aws, secret::Secret};

const WITH_WEB_IDENTITY: &str = "assume_role_with_web_identity";
/// The bounds of `DurationSeconds`.
const DURATIONS: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(900)..=Duration::from_secs(43_200);

/// A role to assume with the credentials that are found. Several blocks make a chain: each role is
/// assumed with the credentials of the one before.
#[derive(Clone, Debug, Default, Model)]
#[model(config_only)]
pub(super) struct AssumeRoleModel {
    #[attributes]
    session: SessionArguments,
    /// ARN of the role.
    #[attribute(required, validate = role_arn())]
    role_arn: Field<String>,
    /// Name of the session. Defaults to `terraform-provider-rdsiam`.
    #[attribute(optional, validate = Validator::length(2..=64), validate = name())]
    session_name: Field<String>,
    /// External id that the role's trust policy demands.
    #[attribute(optional, validate = Validator::length(2..=1224), validate = external_id())]
    external_id: Field<String>,
    /// Tags of the session.
    #[attribute(optional)]
    tags: Field<BTreeMap<String, String>>,
    /// Keys of the tags that go on to further roles of the chain.
    #[attribute(optional)]
    transitive_tag_keys: Field<BTreeSet<String>>,
    /// Who stands behind the session, as CloudTrail shows it.
    #[attribute(optional, validate = Validator::length(2..=64), validate = name())]
    source_identity: Field<String>,
}

/// A role to assume with a token of an OpenID Connect provider, in place of other credentials.
/// `assume_role` blocks are applied afterwards.
#[derive(Clone, Debug, Default, Model)]
#[model(config_only, at_most_one_of = ["web_identity_token", "web_identity_token_file"])]
pub(super) struct WebIdentityModel {
    #[attributes]
    session: SessionArguments,
    /// ARN of the role. Defaults to `AWS_ROLE_ARN`.
    #[attribute(optional, validate = role_arn())]
    role_arn: Field<String>,
    /// Name of the session. Defaults to `AWS_ROLE_SESSION_NAME`, then `terraform-provider-rdsiam`.
    #[attribute(optional, validate = Validator::length(2..=64), validate = name())]
    session_name: Field<String>,
    /// The token. At most one of `web_identity_token` and `web_identity_token_file`.
    #[attribute(optional, sensitive, validate = Validator::length(4..=20_000))]
    web_identity_token: Field<Secret>,
    /// File with the token, read for each session. Defaults to `AWS_WEB_IDENTITY_TOKEN_FILE` where
    /// there is no `web_identity_token`.
    #[attribute(optional)]
    web_identity_token_file: Field<String>,
}

/// What both blocks have.
#[derive(Clone, Debug, Default, Model)]
#[model(config_only)]
struct SessionArguments {
    /// How long a session lasts, such as `1h` or `1h30m`: 15 minutes to 12 hours, and no longer
    /// than the role allows. Defaults to an hour.
    #[attribute(optional, validate = Validator::custom(check_duration))]
    duration: Field<String>,
    /// IAM policy in JSON that restricts the session.
    #[attribute(optional, validate = Validator::custom(check_policy))]
    policy: Field<String>,
    /// ARNs of IAM policies that restrict the session.
    #[attribute(optional, validate = policy_arns())]
    policy_arns: Field<BTreeSet<String>>,
}

fn role_arn() -> Validator {
    Validator::matches(
        "^arn:[0-9a-z-]+:iam::[0-9]{12}:role/.+$",
        "be the ARN of an IAM role, such as \"arn:aws:iam::123456789012:role/NAME\"",
    )
}

/// What AWS takes as a name.
fn name() -> Validator {
    Validator::matches(
        "^[0-9A-Za-z_+=,.@-]*$",
        "have letters, digits and characters of _+=,.@- only",
    )
}

fn external_id() -> Validator {
    Validator::matches(
        "^[0-9A-Za-z_+=,.@:/-]*$",
        "have letters, digits and characters of _+=,.@:/- only",
    )
}

fn policy_arns() -> Validator {
    Validator::each(Validator::matches(
        "^arn:[0-9a-z-]+:iam::([0-9]{12}|aws):policy/.+$",
        "be the ARN of an IAM policy",
    ))
}

fn check_duration(value: &Value) -> Result<(), String> {
    match value.as_str().and_then(timeouts::parse) {
        Some(duration) if DURATIONS.contains(&duration) => Ok(()),
        _ => Err(
            "must be a duration of 15 minutes to 12 hours, such as \"15m\" or \"1h30m\"".to_owned(),
        ),
    }
}

fn check_policy(value: &Value) -> Result<(), String> {
    let parsed = value
        .as_str()
        .map(serde_json::from_str::<serde_json::Value>);
    match parsed {
        Some(Ok(serde_json::Value::Object(_))) => Ok(()),
        _ => Err("must be an IAM policy in JSON".to_owned()),
    }
}

impl AssumeRoleModel {
    /// The role in AWS's words.
    pub(super) fn into_aws(self) -> aws::AssumeRole {
        aws::AssumeRole {
            role_arn: self.role_arn.into_known().unwrap_or_default(),
            external_id: self.external_id.into_known(),
            session_name: self.session_name.into_known(),
            duration: duration(&self.session.duration),
            policy: self.session.policy.into_known(),
            policy_arns: list(self.session.policy_arns),
            tags: self.tags.into_known().unwrap_or_default(),
            transitive_tag_keys: list(self.transitive_tag_keys),
            source_identity: self.source_identity.into_known(),
        }
    }
}

impl WebIdentityModel {
    /// The role in AWS's words.
    ///
    /// # Errors
    /// When neither the block nor the environment has what is needed, at the attribute that lacks.
    pub(super) fn into_aws(self) -> Result<aws::AssumeRoleWithWebIdentity, Diagnostic> {
        let role = aws::AssumeRoleWithWebIdentity {
            role_arn: self.role_arn.into_known(),
            session_name: self.session_name.into_known(),
            web_identity_token: self.web_identity_token.into_known(),
            web_identity_token_file: self.web_identity_token_file.into_known().map(PathBuf::from),
            duration: duration(&self.session.duration),
            policy: self.session.policy.into_known(),
            policy_arns: list(self.session.policy_arns),
        };
        let (name, detail) = match role.missing() {
            None => return Ok(role),
            Some(aws::Missing::RoleArn) => (
                "role_arn",
                "A role is to be assumed with a web identity, and nothing says which one. Set `role_arn`, or \
                 AWS_ROLE_ARN in the environment.",
            ),
            Some(aws::Missing::Token) => (
                "web_identity_token_file",
                "A role is to be assumed with a web identity, and there is no token. Set `web_identity_token_file` or \
                 `web_identity_token`, or AWS_WEB_IDENTITY_TOKEN_FILE in the environment.",
            ),
        };
        Err(Diagnostic::error("Missing Web Identity", detail)
            .at(AttributePath::root(WITH_WEB_IDENTITY).attribute(name)))
    }
}

fn duration(text: &Field<String>) -> Option<Duration> {
    text.known().and_then(|text| timeouts::parse(text))
}

fn list(set: Field<BTreeSet<String>>) -> Vec<String> {
    set.into_known().into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_is_text_between_15_minutes_and_12_hours() {
        for text in ["15m", "900s", "1h", "1h30m", "12h"] {
            assert_eq!(check_duration(&Value::from(text)), Ok(()), "{text}");
        }
        for text in ["14m59s", "12h1s", "3600", "", "soon", "-1h"] {
            assert!(check_duration(&Value::from(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn policy_is_an_object_in_json() {
        assert_eq!(
            check_policy(&Value::from("{\"Version\":\"2012-10-17\"}")),
            Ok(())
        );
        for text in ["", "[]", "{", "arn:aws:iam::aws:policy/ReadOnlyAccess"] {
            assert!(check_policy(&Value::from(text)).is_err(), "{text}");
        }
    }
}
