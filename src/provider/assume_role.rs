//! The blocks `assume_role` and `assume_role_with_web_identity`.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use serde::Deserialize;
use tfplugin::{
    AttributePath, Diagnostic, Field,
    schema::{Attribute, Block, Validator},
    timeouts,
    value::{Type, Value},
};

use crate::{aws, secret::Secret};

const WITH_WEB_IDENTITY: &str = "assume_role_with_web_identity";
/// The bounds of `DurationSeconds`.
const DURATIONS: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(900)..=Duration::from_secs(43_200);

/// An `assume_role` block.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct AssumeRoleModel {
    role_arn: Field<String>,
    external_id: Field<String>,
    session_name: Field<String>,
    duration: Field<String>,
    policy: Field<String>,
    policy_arns: Field<Vec<String>>,
    tags: Field<BTreeMap<String, String>>,
    transitive_tag_keys: Field<Vec<String>>,
    source_identity: Field<String>,
}

/// The `assume_role_with_web_identity` block.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct WebIdentityModel {
    role_arn: Field<String>,
    session_name: Field<String>,
    web_identity_token: Field<Secret>,
    web_identity_token_file: Field<String>,
    duration: Field<String>,
    policy: Field<String>,
    policy_arns: Field<Vec<String>>,
}

/// The schema of `assume_role`.
pub(super) fn block() -> Block {
    session(Block::list("assume_role"))
        .description(
            "A role to assume with the credentials that are found. Several blocks make a chain: each role is \
             assumed with the credentials of the one before.",
        )
        .attribute(role_arn().required().description("ARN of the role."))
        .attribute(name("session_name").description(
            "Name of the session. Defaults to `terraform-provider-rdsiam`.",
        ))
        .attribute(
            Attribute::string("external_id")
                .optional()
                .validate(Validator::length(2..=1224))
                .validate(Validator::matches(
                    "^[0-9A-Za-z_+=,.@:/-]*$",
                    "have letters, digits and characters of _+=,.@:/- only",
                ))
                .description("External id that the role's trust policy demands."),
        )
        .attribute(Attribute::map("tags", Type::String).optional().description(
            "Tags of the session.",
        ))
        .attribute(
            Attribute::set("transitive_tag_keys", Type::String)
                .optional()
                .description("Keys of the tags that go on to further roles of the chain."),
        )
        .attribute(
            name("source_identity")
                .description("Who stands behind the session, as CloudTrail shows it."),
        )
}

/// The schema of `assume_role_with_web_identity`.
pub(super) fn web_identity_block() -> Block {
    session(Block::single(WITH_WEB_IDENTITY))
        .description(
            "A role to assume with a token of an OpenID Connect provider, in place of other credentials. \
             `assume_role` blocks are applied afterwards.",
        )
        .attribute(role_arn().optional().description(
            "ARN of the role. Defaults to `AWS_ROLE_ARN`.",
        ))
        .attribute(name("session_name").description(
            "Name of the session. Defaults to `AWS_ROLE_SESSION_NAME`, then `terraform-provider-rdsiam`.",
        ))
        .attribute(
            Attribute::string("web_identity_token")
                .optional()
                .sensitive()
                .validate(Validator::length(4..=20_000))
                .description(
                    "The token. At most one of `web_identity_token` and `web_identity_token_file`.",
                ),
        )
        .attribute(Attribute::string("web_identity_token_file").optional().description(
            "File with the token, read for each session. Defaults to `AWS_WEB_IDENTITY_TOKEN_FILE` where there is no \
             `web_identity_token`.",
        ))
        .at_most_one_of(["web_identity_token", "web_identity_token_file"])
}

/// What both blocks have.
fn session(block: Block) -> Block {
    block
        .attribute(
            Attribute::string("duration")
                .optional()
                .validate(Validator::custom(check_duration))
                .description(
                    "How long a session lasts, such as `1h` or `1h30m`: 15 minutes to 12 hours, and no longer than the \
                     role allows. Defaults to an hour.",
                ),
        )
        .attribute(
            Attribute::string("policy")
                .optional()
                .validate(Validator::custom(check_policy))
                .description("IAM policy in JSON that restricts the session."),
        )
        .attribute(
            Attribute::set("policy_arns", Type::String)
                .optional()
                .validate(Validator::each(Validator::matches(
                    "^arn:[0-9a-z-]+:iam::([0-9]{12}|aws):policy/.+$",
                    "be the ARN of an IAM policy",
                )))
                .description("ARNs of IAM policies that restrict the session."),
        )
}

fn role_arn() -> Attribute {
    Attribute::string("role_arn").validate(Validator::matches(
        "^arn:[0-9a-z-]+:iam::[0-9]{12}:role/.+$",
        "be the ARN of an IAM role, such as \"arn:aws:iam::123456789012:role/NAME\"",
    ))
}

/// An argument that AWS takes as a name.
fn name(argument: &str) -> Attribute {
    Attribute::string(argument)
        .optional()
        .validate(Validator::length(2..=64))
        .validate(Validator::matches(
            "^[0-9A-Za-z_+=,.@-]*$",
            "have letters, digits and characters of _+=,.@- only",
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
    /// Whether any attribute is known only after apply.
    pub(super) fn any_unknown(&self) -> bool {
        let strings = [
            &self.role_arn,
            &self.external_id,
            &self.session_name,
            &self.duration,
            &self.policy,
            &self.source_identity,
        ];
        strings.into_iter().any(Field::is_unknown)
            || self.policy_arns.is_unknown()
            || self.transitive_tag_keys.is_unknown()
            || self.tags.is_unknown()
    }

    /// The role in AWS's words.
    pub(super) fn into_aws(self) -> aws::AssumeRole {
        aws::AssumeRole {
            role_arn: self.role_arn.into_known().unwrap_or_default(),
            external_id: self.external_id.into_known(),
            session_name: self.session_name.into_known(),
            duration: duration(&self.duration),
            policy: self.policy.into_known(),
            policy_arns: self.policy_arns.into_known().unwrap_or_default(),
            tags: self.tags.into_known().unwrap_or_default(),
            transitive_tag_keys: self.transitive_tag_keys.into_known().unwrap_or_default(),
            source_identity: self.source_identity.into_known(),
        }
    }
}

impl WebIdentityModel {
    /// Whether any attribute is known only after apply.
    pub(super) fn any_unknown(&self) -> bool {
        let strings = [
            &self.role_arn,
            &self.session_name,
            &self.web_identity_token_file,
            &self.duration,
            &self.policy,
        ];
        strings.into_iter().any(Field::is_unknown)
            || self.web_identity_token.is_unknown()
            || self.policy_arns.is_unknown()
    }

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
            duration: duration(&self.duration),
            policy: self.policy.into_known(),
            policy_arns: self.policy_arns.into_known().unwrap_or_default(),
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
